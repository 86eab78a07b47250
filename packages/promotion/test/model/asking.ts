import type { Mishap } from '../memory-bench.ts';
import { command, type Command, isBuilt, pass } from './commands.ts';
import { agree, same } from './compare.ts';
import { at, current, kindsAgree, type Model, repository, wasLeft } from './label.ts';
import { ask, lastVersion, look, type Real, type Seen } from './real.ts';
import { answer, type Asked, hasGoneBack } from './requests.ts';

/** When something is asked, and what goes wrong then. */
export interface Moment {
  /** Since the command before: DLRN's times have whole seconds, so several things may share one. */
  readonly seconds: number;
  readonly mishap: Mishap | null;
}

/** What is asked of us; it may go wrong at any of its writes. */
export function request(words: string, { seconds, mishap }: Moment, asked: (model: Model) => Asked | null): Command {
  const happens = mishap === null ? '' : `, ${mishap.kills ? 'killed' : 'error'} ${mishap.when} write ${mishap.write}`;
  return command(
    `${words}${happens}${seconds === 0 ? '' : ` +${seconds}s`}`,
    (model) => isBuilt(model) && asked(model) !== null,
    async (model, real) => {
      pass(model, real, seconds);
      const before = clone(model);
      const wanted = asked(model) as Asked;
      const expected = answer(model, wanted);
      const { ended, isWell } = await ask(real, wanted, mishap);
      const plan = wanted.what === 'apply' ? before.plan : null;
      if (!isWell) return adopt({ ended, expected, model, before, plan, real, what: wanted.what });
      if (ended !== expected) throw new Error(`it ended as ${ended}, the model says ${expected}`);
      await agree(model, real);
      if (wanted.what !== 'pin') hold(wanted, expected, before, model);
      const hasMoved = expected === 'done' && current(before) !== current(model);
      if (hasMoved && lastVersion(real) <= real.version) {
        throw new Error(`the label moved, and its version ${lastVersion(real)} is not more than ${real.version}`);
      }
      real.version = Math.max(real.version, model.version);
    },
  );
}

/** What has to hold whatever the model says of it. */
function hold(wanted: Asked, ended: string, before: Model, after: Model): void {
  if (after.interrupted !== null && wanted.what !== 'plan') throw new Error('something is open after it');
  if (['done', 'failed'].includes(ended) && !kindsAgree(after, 'label') && wanted.what !== 'apply') {
    throw new Error(`it is ${ended}, and the kinds differ`);
  }
  if (wanted.what === 'resume' && !kindsAgree(after, 'previous') && current(after) !== null) {
    throw new Error('resumed, and the kinds of previous differ');
  }
  const isByHand = wanted.what === 'rollback' || ('byHand' in wanted && wanted.byHand);
  const named = current(after);
  if (before.interrupted === null && !isByHand && named !== null && wasLeft(before, named)) {
    throw new Error('automation has undone what a person did');
  }
  const isSettled = before.interrupted === null && wanted.what !== 'rollback';
  if (isSettled && hasGoneBack(before, after)) throw new Error('the label went backwards');
}

function clone(model: Model): Model {
  return { ...model, pointers: new Map(model.pointers), label: [...model.label], candidate: [...model.candidate] };
}

/** Something went wrong: where it came to is seen, and has to be between where it was and where it was to be. */
async function adopt({ ended, expected, model, before, plan, real, what }: Mishappened): Promise<void> {
  const seen = await look(real);
  // What was interrupted before may end either way. Else whoever lives has said where it is.
  if (before.interrupted === null) {
    for (const pointer of new Set([...before.pointers.keys(), ...seen.pointers.keys()])) {
      const hash = seen.pointers.get(pointer) ?? null;
      const own = (seen.interrupted ?? plan)?.writes.find((write) => write.pointer === pointer);
      const ends = [at(before, pointer), own?.from, ...(ended === 'failed' ? [] : [at(model, pointer), own?.to])];
      if (!ends.includes(hash)) throw new Error(`${ended}, ${pointer} is ${hash}, expected ${ends.join(' or ')}`);
    }
    if (current(before) !== seen.interrupted?.to) committedLast(seen);
    if (ended === 'done') same('pointers', seen.pointers, model.pointers);
    if (ended === 'failed' && seen.interrupted === null) same('left', seen.left, before.left);
    const allowed = ['killed', 'half-done', 'failed', expected];
    if (!allowed.includes(ended)) throw new Error(`${ended}, expected ${expected}`);
  }
  if (what !== 'resume' && ended === 'done' && seen.interrupted !== null) {
    const { to } = seen.interrupted;
    if (to !== seen.pointers.get(repository('label'))) throw new Error(`done, and a move to ${to} is still open`);
  }
  Object.assign(model, seen);
  real.version = Math.max(real.version, seen.version);
}

/** The repository's label is written when everything else is where it is to be, and not before. */
function committedLast({ interrupted, pointers }: Seen): void {
  if (interrupted === null || pointers.get(repository('label')) !== interrupted.to) return;
  const early = interrupted.writes.find(({ pointer, to }) => pointers.get(pointer) !== to);
  if (early !== undefined) throw new Error(`the repository names ${interrupted.to} before ${early.pointer} does`);
}

interface Mishappened {
  readonly what: Asked['what'];
  /** What was applied: going back is to where it was made. */
  readonly plan: Model['plan'];
  readonly ended: string;
  readonly expected: string;
  readonly model: Model;
  readonly before: Model;
  readonly real: Real;
}
