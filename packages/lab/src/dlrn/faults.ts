import type { IncomingMessage } from 'node:http';
import type { Answer } from '../http-server.ts';
import { flaskPage } from './answers.ts';
import { type Api, answerApi } from './api.ts';
import { dyingTree, type Reach, trialState } from './fault-trees.ts';
import { parseJson } from './parameters.ts';
import { membersOf, type PythonValue } from './python-values.ts';
import { builtComponents, type DlrnState, labelFolder } from './state.ts';

/** The defects that DLRN has, and what each must be told. All of them were seen on 0.26.1 and on the head. */
export interface DlrnFaults {
  /**
   * DLRN removes a label's link before it makes the new one, and readers get 404 meanwhile: the next `reads` requests
   * below the label (3 unless told), as if somebody was promoting right now; or with `hold` the next promotion of the
   * label stands still in that gap until {@link DlrnDefects.mend}. In component mode it is the components' links that
   * vanish; the files at the top are replaced in one step.
   */
  readonly 'vanishing-label': { readonly label: string; readonly reads?: number; readonly hold?: true };
  /**
   * The next promotions of the label, one unless `times` tells, do part of their work, leave no row and answer 500. By
   * `reach` that is: the links and the aggregate (`aggregate`, the default: the database is lost at the end), the links
   * alone (`links`: the list of packages cannot be read), or of a batch the first link alone (`first-link`: the
   * database is lost on the way). In classic mode there is no aggregate.
   */
  readonly 'moved-then-500': { readonly label: string; readonly reach?: Reach; readonly times?: number };
  /**
   * A link `delorean.repo_` (or another `file`) stayed beside an aggregate when a promotion was cut off. From then on
   * every promotion of the label moves the components' links, and at the top the files before that one, leaves no row,
   * and answers 500. Only in component mode.
   */
  readonly 'left-over': { readonly label: string; readonly file?: AggregateFile };
  /**
   * A folder with copies of the files is where a label's link should be, of the last component unless told. A batch
   * that comes to it answers 500: the links before it stay moved, and there are no rows.
   */
  readonly 'partial-batch': { readonly label: string; readonly component?: string };
}

export type DlrnFault = keyof DlrnFaults;

/** A file of an aggregate, in the order in which DLRN replaces them. */
export type AggregateFile = 'delorean.repo' | 'delorean.repo.md5' | 'versions.csv';

/** The names of {@link DlrnFaults}. */
export const dlrnFaults: readonly DlrnFault[] = ['vanishing-label', 'moved-then-500', 'left-over', 'partial-batch'];

/** Breaks a DLRN and mends it. */
export interface DlrnDefects {
  /**
   * Lets a defect come up for one label.
   * @throws RangeError when it cannot in this mode
   */
  break<Name extends DlrnFault>(name: Name, facts: DlrnFaults[Name]): void;
  /** Takes a defect away, of one label or of all. What was moved meanwhile stays moved. */
  mend(name: DlrnFault, label?: string): void;
}

/** {@link DlrnDefects} and what the server asks it. */
export interface ServedDefects extends DlrnDefects {
  /** Returns whether a path of the tree is not there now. */
  hides(path: string): boolean;
  /** Answers a request of the API. */
  answer(request: IncomingMessage, url: URL, body: string): Promise<Answer>;
}

interface Broken {
  readonly name: DlrnFault;
  readonly label: string;
  readonly mend: () => void;
}

/** Returns the defects of one DLRN, of which it has none yet. */
export function createDefects(api: Api): ServedDefects {
  const { state } = api;
  const broken = new Set<Broken>();
  const hidden = new Map<string, number>();
  const held = new Map<string, Promise<void>>();
  const dying = new Map<string, { readonly reach: Reach; left: number }>();

  const breakers: { readonly [Name in DlrnFault]: (facts: DlrnFaults[Name]) => () => void } = {
    'vanishing-label': ({ label, reads = 3, hold }) => {
      if (hold === true) {
        const { promise, resolve } = Promise.withResolvers<void>();
        held.set(label, promise);
        return () => {
          held.delete(label);
          resolve();
        };
      }
      hidden.set(label, reads);
      return () => void hidden.delete(label);
    },
    'moved-then-500': ({ label, reach = 'aggregate', times = 1 }) => {
      dying.set(label, { reach, left: times });
      return () => void dying.delete(label);
    },
    'left-over': (facts) => leaveOver(state, facts),
    'partial-batch': (facts) => putFolder(state, facts),
  };
  const mend = (name: DlrnFault, label?: string): void => {
    for (const each of broken) {
      if (each.name !== name || (label !== undefined && each.label !== label)) continue;
      broken.delete(each);
      each.mend();
    }
  };

  return {
    mend,
    break: (name, facts) => {
      mend(name, facts.label);
      broken.add({ name, label: facts.label, mend: breakers[name](facts) });
    },
    hides: (path) => {
      const label = linkedLabel(state, path);
      const left = hidden.get(label) ?? 0;
      if (left > 0) hidden.set(label, left - 1);
      return left > 0;
    },
    answer: async (request, url, body) => {
      const isWhole = held.size + dying.size === 0;
      const labels = isWhole ? [] : promotedLabels(request.method, url.pathname, body);
      const gap = labels.map((label) => held.get(label)).find((each) => each !== undefined);
      const ask = (of: DlrnState): Promise<Answer> => answerApi({ ...api, state: of }, request, url, body);
      if (gap !== undefined) return answerAfter(gap, state, ask);
      const death = labels.map((label) => dying.get(label)).find((each) => each !== undefined && each.left > 0);
      if (death === undefined) return ask(state);
      const tree = dyingTree(state.tree, death.reach);
      // The rows of a session that is never committed.
      const answer = await ask({ ...state, promotions: [...state.promotions], tree });
      if (answer.status !== 201 && answer.status !== 500) return answer;
      death.left -= 1;
      return flaskPage(500);
    },
  };
}

// Holds what would succeed between the removal of its first link and the making of the new one.
async function answerAfter(
  gap: Promise<void>,
  state: DlrnState,
  ask: (state: DlrnState) => Promise<Answer>,
): Promise<Answer> {
  const trial = trialState(state);
  const answer = await ask(trial.state);
  if (answer.status !== 201) return answer;
  const { tree } = state;
  const place = trial.removed[0] ?? '';
  const target = tree.readLink(place);
  if (target !== null) tree.remove(place);
  await gap;
  // Back for the moment in which the promotion itself takes it away: nobody can read in between.
  if (target !== null) tree.link(place, target);
  return ask(state);
}

function leaveOver({ mode, tree }: DlrnState, facts: DlrnFaults['left-over']): () => void {
  const { label, file = 'delorean.repo' } = facts;
  if (mode === 'classic') throw new RangeError('left-over: a classic DLRN has no aggregates');
  const path = `${label}/${file}_`;
  tree.makeFolder(label);
  if (tree.readLink(path) === null) tree.link(path, tree.readLink(`${label}/${file}`) ?? 'gone');
  return () => void tree.remove(path);
}

function putFolder(state: DlrnState, { label, component }: DlrnFaults['partial-batch']): () => void {
  const { tree } = state;
  const place = `${labelFolder(chooseComponent(state, component))}${label}`;
  const target = tree.readLink(place);
  const found = tree.find(place);
  if (target === null && found !== null) throw new RangeError(`partial-batch: ${place} is no link already`);
  const copies = (found?.kind === 'folder' ? found.names : []).flatMap((name) => {
    const file = tree.find(`${place}/${name}`);
    return file?.kind === 'file' ? [{ name, file }] : [];
  });
  if (target !== null) tree.remove(place);
  tree.makeFolder(place);
  for (const { name, file } of copies) tree.write(`${place}/${name}`, file.content, file.mtime);
  return () => {
    tree.prune(place);
    if (target !== null) tree.link(place, target);
  };
}

function chooseComponent(state: DlrnState, component: string | undefined): string | null {
  const known = builtComponents(state);
  if (component !== undefined && !known.includes(component)) {
    throw new RangeError(`partial-batch: no component "${component}"; there is: ${known.join(', ') || 'none'}`);
  }
  return component ?? known.at(-1) ?? null;
}

function linkedLabel({ mode }: DlrnState, path: string): string {
  const names = path.split('/').filter((name) => name !== '');
  if (mode === 'classic') return names[0] ?? '';
  return names[0] === 'component' ? (names[2] ?? '') : '';
}

function promotedLabels(method: string | undefined, path: string, body: string): readonly string[] {
  if (method !== 'POST' || !['/api/promote', '/api/promote-batch'].includes(path)) return [];
  const sent = readQuietly(body);
  return (Array.isArray(sent) ? sent : [sent]).flatMap((wish: PythonValue) => {
    const label = membersOf(wish)?.get('promote_name');
    return typeof label === 'string' ? [label] : [];
  });
}

// What is no JSON names no label; DLRN itself refuses it, when its turn has come.
function readQuietly(body: string): PythonValue {
  try {
    return parseJson(body);
  } catch {
    return null;
  }
}
