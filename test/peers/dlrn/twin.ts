import type { PlainAnswer } from '../../../packages/lab/src/fetch.ts';
import { ask, type Side, splitAsk } from './ask.ts';
import { compareSeen, type Difference, seenIn } from './compare.ts';
import { changeLabDisk, changeRealDisk, compareDisks, readLabDisk, readRealDisk } from './disk.ts';
import { startLabLike, startRemote } from './lab-like.ts';
import { fillJson, placeholders } from './placeholders.ts';
import type { DiskChange, Question } from './question.ts';
import { type RealDlrnOptions, startRealDlrn } from './real-dlrn.ts';

/** The real DLRN and the lab's, with the same builds. */
export interface Twin {
  /** Where each of them is, to be asked otherwise. */
  readonly sides: Readonly<Record<'real' | 'lab', Side>>;
  /** What placeholders stand for, and what else somebody wants to keep. */
  readonly values: Map<string, string | null>;
  /** Returns whether these seconds are what the clock showed some time since the start. */
  isClock(seconds: number): boolean;
  /** Asks both, the real one first, and returns in what they differ that they did not differ in before. */
  ask(question: Question): Promise<readonly Difference[]>;
  close(): Promise<void>;
}

/** Starts the real DLRN, the lab's with the same rows, and one that both can import from. */
export async function startTwin(options: RealDlrnOptions): Promise<Twin> {
  const startedAt = Math.floor(Date.now() / 1000);
  const real = await startRealDlrn(options);
  const [{ lab, record, setClock }, remote] = await Promise.all([
    startLabLike(real, options),
    startRemote(real, options),
  ]);
  const values = placeholders(real, remote);
  // What differed before is not told again.
  let known = new Set<string>();
  const newDiskDifferences = (): readonly Difference[] => {
    const found = compareDisks(readRealDisk(real), readLabDisk(lab.state.tree));
    const fresh = found.filter((each) => !known.has(JSON.stringify(each)));
    known = new Set(found.map((each) => JSON.stringify(each)));
    return fresh;
  };
  const isClock = (time: number): boolean => time >= startedAt && time <= Date.now() / 1000 + 1;

  return {
    sides: { real, lab },
    values,
    isClock,
    async ask(question) {
      for (const change of fillJson(question.before ?? [], values) as readonly DiskChange[]) {
        changeRealDisk(real.reposDirectory, change);
        changeLabDisk(lab.state.tree, change);
      }
      const [method, path] = splitAsk(question);
      if (method === 'BUILD') record(await real.build(1));
      if (method === 'FAIL') record(await real.fail());
      if (path === '') return newDiskDifferences();
      const answer = await ask(real, question, values);
      // Rows are ordered by their times, so the lab has to make its own in the same second.
      setClock(clockOf(answer, isClock));
      remember(values, answer);
      const compare = method === 'TREE' ? 'file' : (question.compare ?? 'all');
      const others = await ask(lab, question, values);
      setClock(null);
      const options = { root: real.root, isClock, compare, lines: question.lines } as const;
      const [theirs, ours] = [answer, others].map((each) => seenIn(each, options));
      // Looking takes time, and what anything else would change is seen the next time.
      const mayChange = /^\/api\/(?:promote|remote)/.test(path) && !isRefusal(answer) && !isRefusal(others);
      const disk = mayChange ? newDiskDifferences() : [];
      return [...compareSeen(theirs ?? {}, ours ?? {}), ...disk];
    },
    async close() {
      await Promise.all([real, lab, remote.lab].map((server) => server.close()));
    },
  };
}

function clockOf(answer: PlainAnswer, isClock: (seconds: number) => boolean): number | null {
  const written = Number(/"timestamp":(\d+)/.exec(answer.text)?.[1]);
  if (answer.status === 201 && isClock(written)) return written;
  const date = Date.parse(answer.headers.date ?? '');
  return Number.isNaN(date) ? null : Math.floor(date / 1000);
}

function isRefusal({ status }: PlainAnswer): boolean {
  return status >= 400 && status < 500;
}

// {newest.aggregate}: what the last promotion has made, where it made one.
function remember(values: Map<string, string | null>, answer: PlainAnswer): void {
  const hash = answer.status === 201 ? /"aggregate_hash":"([0-9a-f]{32})"/.exec(answer.text)?.[1] : undefined;
  if (hash !== undefined) values.set('newest.aggregate', hash);
}
