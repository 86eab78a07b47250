import { readdirSync, readFileSync } from 'node:fs';

/** A process, those that it started and those that these started, dead ones among them once they were waited for. */
export interface ProcessTree {
  /** User and system time. */
  readonly cpuMs: number;
  /** How many generations live below the first process. */
  readonly depth: number;
}

interface Facts {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

const msPerTick = 10; // USER_HZ is 100 wherever Linux runs

/** Looks at a process and all below it. Exact while nothing in the tree ends. */
export function readProcessTree(pid: number): ProcessTree {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? readFacts(Number(name)) : []));
  let [generation, ticks, depth] = [all.filter((one) => one.pid === pid), 0, -1];
  while (generation.length > 0) {
    ticks += generation.reduce((sum, one) => sum + one.ticks, 0);
    depth += 1;
    const parents = new Set(generation.map((one) => one.pid));
    generation = all.filter(({ parent }) => parents.has(parent));
  }
  return { cpuMs: ticks * msPerTick, depth };
}

function readFacts(pid: number): readonly Facts[] {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return []; // ended meanwhile
  }
  // proc_pid_stat(5), from the third field on: the name before it may hold anything
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = fields.slice(11, 15);
  return [{ pid, parent: fields[1] ?? 0, ticks: user + system + childrenUser + childrenSystem }];
}
