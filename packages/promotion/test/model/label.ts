/** A hash, by the order in which it was built: 0, 1, … */
export type Hash = number;

/** Which of the two names a pointer has: the label itself, or `previous-<label>`. */
export type Name = 'label' | 'previous';

/** How a command ended; of a process that was killed nobody knows. */
export type Ended = 'done' | 'nothing-to-do' | 'planned' | 'waiting' | 'blocked' | 'failed' | 'invalid' | 'half-done';

/** A hash got a label; `at` in seconds. */
export interface Naming {
  readonly hash: Hash;
  readonly at: number;
}

/** One pointer of one place goes from one hash to another; null: it is not there. */
export interface Write {
  readonly pointer: string;
  readonly from: Hash | null;
  readonly to: Hash;
}

/** A move of all kinds together, decided at some moment. */
export interface Intent {
  readonly mode: 'promote' | 'rollback';
  readonly from: Hash | null;
  readonly to: Hash;
  readonly writes: readonly Write[];
  readonly version: number;
  /** When it was planned, in seconds. */
  readonly at: number;
  /** A person gave a reason. */
  readonly byHand: boolean;
}

/** An intent that was begun: it is in the ledger by this id. */
export interface Begun extends Intent {
  readonly id: string;
  /** It was being taken back. */
  readonly isUndoing: boolean;
}

/** What the ledger knows of one promotion that was begun. */
export interface Try {
  readonly id: string;
  readonly mode: Intent['mode'];
  readonly from: Hash | null;
  readonly to: Hash;
  /** When it was planned, in seconds. */
  readonly at: number;
  readonly isDone: boolean;
}

/** What a rollback left, or nobody has lifted yet; `until` in seconds. */
export interface Left {
  /** Which promotion. */
  readonly by: string;
  readonly kind: 'freeze' | 'hold';
  /** Of a hold. */
  readonly hash: Hash | null;
  readonly until: number;
}

/** Everything that decides what a label may do. */
export interface Model {
  /** Seconds since 1970. */
  now: number;
  built: number;
  /** By hash, in seconds. */
  readonly builtAt: number[];
  /** The results of the one job, in the order in which they came. */
  readonly votes: Map<Hash, ('success' | 'failure' | 'running')[]>;
  /** What DLRN remembers of both labels, oldest first. */
  readonly candidate: Naming[];
  readonly label: Naming[];
  /** Where every pointer of every place is. */
  readonly pointers: Map<string, Hash>;
  /** What the ledger remembers. */
  left: readonly Left[];
  version: number;
  /** How many promotions were begun. */
  begun: number;
  /** Of this label, oldest first. */
  tries: readonly Try[];
  interrupted: Begun | null;
  /** A plan that somebody keeps in a file. */
  plan: Intent | null;
}

const containers = ['heat-api', 'nova-compute', 'glance-api'];
const day = 86_400;

/** The containers of a set: not every set has the same. */
export function containersOf(hash: Hash): readonly string[] {
  return containers.slice(0, 1 + (hash % containers.length));
}

/** The repository's pointer: where it is, all kinds have to be. */
export const repository = (name: Name): string => `repository ${name}`;

/** The pointers of a name when it names a set. */
export function pointersOf(name: Name, hash: Hash): readonly string[] {
  const tags = containersOf(hash).map((container) => `${container}:${name}`);
  return [
    ...['rdo', 'docker'].flatMap((place) => tags.map((tag) => `${place} ${tag}`)),
    `public ${name}`,
    repository(name),
  ];
}

export function at(model: Model, pointer: string): Hash | null {
  return model.pointers.get(pointer) ?? null;
}

export const current = (model: Model): Hash | null => at(model, repository('label'));

/** Whether every kind names what the repository names. */
export function kindsAgree(model: Model, name: Name): boolean {
  const hash = at(model, repository(name));
  return hash === null || pointersOf(name, hash).every((pointer) => at(model, pointer) === hash);
}

/** What the votes, the holds and the freezes say. One success suffices; a person is not stopped by a freeze. */
export function verdict(model: Model, hash: Hash, byHand: boolean): 'yes' | 'waiting' | 'no' {
  const active = model.left.filter(({ until }) => model.now < until);
  if (active.some((one) => one.kind === 'hold' && one.hash === hash)) return 'no';
  if (!byHand && active.some(({ kind }) => kind === 'freeze')) return 'no';
  const votes = model.votes.get(hash) ?? [];
  if (votes.includes('success')) return 'yes';
  return votes.at(-1) === 'failure' ? 'no' : 'waiting';
}

/**
 * Whether the label has named a hash and names another one now: only a person takes it there again. A promotion that
 * was not done has left nothing; what was named before it, it has not named.
 */
export function wasLeft(model: Model, hash: Hash): boolean {
  const named = model.label.find((naming) => naming.hash === hash);
  if (hash === current(model) || named === undefined) return false;
  const own = model.tries.filter(({ to }) => to === hash);
  const isOfTries = own.some(({ at: tried }) => tried <= named.at);
  return !isOfTries || own.some(({ isDone }) => isDone);
}

/**
 * Whether a hash is older than what the label names: by when both first were candidates, and where what the label names
 * never was one, by when the label got it.
 */
export function isBackwards(model: Model, hash: Hash): boolean {
  const now = current(model);
  if (now === null || hash === now) return false;
  const first = (one: Hash): number => model.candidate.findIndex((naming) => naming.hash === one);
  if (first(hash) < 0) return true;
  if (first(now) >= 0) return first(hash) < first(now);
  const since = model.label.find((naming) => naming.hash === now)?.at;
  return since !== undefined && (model.candidate[first(hash)] as Naming).at <= since;
}

/** Whether anything but votes keeps a hash from the label. */
export function isForbidden(model: Model, hash: Hash, byHand: boolean): boolean {
  if (current(model) === null) return false;
  return isBackwards(model, hash) || (!byHand && wasLeft(model, hash));
}

/** What the walk looks at: newest first, by position; never what the label or somebody before it has passed. */
export function newer(model: Model): readonly Hash[] {
  const history = model.candidate.toReversed();
  const now = current(model);
  const end = history.findIndex(({ hash }) => hash === now);
  const moved = model.label.at(-1)?.at ?? 0;
  const before = end >= 0 ? history.slice(0, end) : history.filter((naming) => now === null || naming.at > moved);
  return [...new Set(before.map(({ hash }) => hash))];
}

/** What a label named before it first named a hash, but for the one that it leaves. */
export function namedBefore(model: Model, hash: Hash, leaving: Hash | null): Hash | null {
  const first = model.label.findIndex((naming) => naming.hash === hash);
  const older = model.label.slice(0, Math.max(0, first)).reverse();
  return older.find((naming) => naming.hash !== leaving)?.hash ?? null;
}

/** The move of all kinds to a hash; null when the label is there in every place. */
export function intend(model: Model, mode: Intent['mode'], to: Hash, byHand: boolean): Intent | null {
  const from = current(model);
  const previous = mode === 'rollback' ? namedBefore(model, to, from) : from === to ? null : from;
  const writes = [
    ...(previous === null ? [] : pointersOf('previous', previous).map((pointer) => ({ pointer, to: previous }))),
    ...pointersOf('label', to).map((pointer) => ({ pointer, to })),
  ].map((write): Write => ({ ...write, from: at(model, write.pointer) }));
  const isOpen = (write: Write): boolean => write.from !== write.to;
  const isOfLabel = (write: Write): boolean => write.pointer.endsWith('label');
  if (!writes.some((write) => isOfLabel(write) && isOpen(write))) return null;
  // What the label names is looked at in every place, also where it is right already.
  const looked = writes.filter((write) => isOfLabel(write) || isOpen(write));
  return { mode, from, to, writes: looked, version: nextVersion(model), at: model.now, byHand };
}

/** More than the last one, and by the clock, so that it goes on growing when the ledger is lost. */
export const nextVersion = ({ version, now }: Model): number => Math.max(version + 1, now);

/** Writes a pointer, and DLRN remembers that of its labels. */
function put(model: Model, pointer: string, hash: Hash): void {
  if (at(model, pointer) === hash) return;
  model.pointers.set(pointer, hash);
  if (pointer === repository('label')) model.label.push({ hash, at: model.now });
}

/** Writes down that something was begun. */
export function begin(model: Model, intent: Intent): Begun {
  model.begun += 1;
  const begun = { ...intent, id: `p${model.begun}`, isUndoing: false };
  model.tries = [...model.tries, tryOf(begun, false)];
  return begun;
}

const tryOf = ({ id, mode, from, to, at: tried }: Begun, isDone: boolean): Try => ({
  ...{ id, mode, from, to, at: tried, isDone },
});

/** All kinds go to where they are meant to be, and the ledger is told that it is done. */
export function carryOut(model: Model, begun: Begun): void {
  for (const { pointer, to } of begun.writes) put(model, pointer, to);
  model.version = Math.max(model.version, begun.version);
  model.tries = model.tries.map((one) => (one.id === begun.id ? tryOf(begun, true) : one));
  if (begun.mode === 'rollback') leave(model, begun);
  // A person has taken over.
  else if (begun.byHand && begun.from !== begun.to) model.left = model.left.filter(({ kind }) => kind !== 'freeze');
}

/** A rollback leaves a freeze and a hold, once. */
function leave(model: Model, { id: by, from, to }: Begun): void {
  if (model.left.some((one) => one.by === by)) return;
  const hold: Left = { by, kind: 'hold', hash: from, until: model.now + 30 * day };
  const freeze: Left = { by, kind: 'freeze', hash: null, until: model.now + 7 * day };
  model.left = [...model.left, freeze, ...(from === null || from === to ? [] : [hold])];
}

/**
 * Everything goes back, but for tags that were not there and cannot be removed, and for what somebody else has moved; a
 * rollback takes back what it left.
 */
export function takeBack(model: Model, begun: Begun): void {
  for (const { pointer, from, to } of begun.writes) {
    if (![from, to].includes(at(model, pointer))) continue;
    if (from !== null) put(model, pointer, from);
    else if (pointer.startsWith('public ')) model.pointers.delete(pointer);
  }
  forget(model, begun);
}

/** What a rollback left is lifted: it has moved nothing, or somebody else has. */
export function forget(model: Model, { id }: Begun): void {
  model.left = model.left.filter(({ by }) => by !== id);
}

/** Whether a pointer is neither where a move found it nor where the move puts it. */
export function isElsewhere(model: Model, { writes }: Intent): boolean {
  return writes.some(({ pointer, from, to }) => ![from, to].includes(at(model, pointer)));
}

/** Whether every pointer is where a move puts it. */
export function isCarriedOut(model: Model, { writes }: Intent): boolean {
  return writes.every(({ pointer, to }) => at(model, pointer) === to);
}

/** Containers and images follow what the repository names. Returns whether there was anything to do. */
export function reconcile(model: Model): boolean {
  if (current(model) === null) return false;
  let isMended = false;
  for (const name of ['previous', 'label'] as const) {
    if (!kindsAgree(model, name)) isMended = true;
    const hash = at(model, repository(name));
    if (hash !== null) for (const pointer of pointersOf(name, hash)) put(model, pointer, hash);
  }
  return isMended;
}
