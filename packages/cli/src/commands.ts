import type { AnyAction, CliIo } from '@tagflow/action-kit';

/** A command that is no action of the workflows. */
export interface Command {
  /** What the help calls it. */
  readonly usage: string;
  /** The inputs that the words before the first flag are the values of, in this order. */
  readonly words: readonly string[];
  /** Loaded when asked for: a start should not pay for all of them. */
  load(io: CliIo): Promise<AnyAction>;
}

/** Every such command, by its name. */
export const commands: Readonly<Record<string, Command>> = {
  plan: {
    usage: 'tagflow plan LABEL',
    words: ['target-label'],
    load: async (io) => (await import('./shortcuts.ts')).createPlanAction(readerHost(io)),
  },
  apply: {
    usage: 'tagflow apply PLAN',
    words: ['plan'],
    load: async (io) => (await import('./shortcuts.ts')).createApplyAction(readerHost(io)),
  },
  resume: {
    usage: 'tagflow resume LABEL',
    words: ['target-label'],
    load: async () => (await import('./shortcuts.ts')).createResumeAction(),
  },
  ledger: {
    usage: 'tagflow ledger export|import|as-of VALUE',
    words: ['what', 'value'],
    load: async (io) => (await import('./ledger.ts')).createLedgerAction(readerHost(io)),
  },
  policy: {
    usage: 'tagflow policy',
    words: [],
    load: async (io) => (await import('./policy.ts')).createPolicyAction(readerHost(io)),
  },
  rollback: {
    usage: 'tagflow rollback LABEL',
    words: ['target-label'],
    load: async () => (await import('./shortcuts.ts')).createRollbackAction(),
  },
  explain: {
    usage: 'tagflow explain [LABEL|HASH]',
    words: ['about'],
    load: async (io) => (await import('./explain.ts')).createExplainAction({ ...io, ...readerHost(io) }),
  },
  doctor: {
    usage: 'tagflow doctor [LABEL]',
    words: ['label'],
    load: async (io) => (await import('./doctor.ts')).createDoctorAction(readerHost(io)),
  },
  show: {
    usage: 'tagflow show SET',
    words: ['set'],
    load: async (io) => (await import('./show.ts')).createShowAction(readerHost(io)),
  },
  verify: {
    usage: 'tagflow verify [SET]',
    words: ['set'],
    load: async (io) => (await import('./verify.ts')).createVerifyAction(readerHost(io)),
  },
  'import-config': {
    usage: 'tagflow import-config FILE [FILE ...]',
    words: ['file', 'file', 'file', 'file'],
    load: async (io) => (await import('./import-config.ts')).createImportConfigAction(readerHost(io)),
  },
  matrix: {
    usage: 'tagflow matrix',
    words: [],
    load: async (io) => (await import('./matrix.ts')).createMatrixAction(readerHost(io)),
  },
  reasons: {
    usage: 'tagflow reasons FILE|FOLDER|-',
    words: ['log'],
    load: async (io) =>
      (await import('./reasons.ts')).createReasonsAction({ ...readerHost(io), stdin: () => process.stdin }),
  },
  diff: {
    usage: 'tagflow diff SET [SET]',
    words: ['first', 'second'],
    load: async (io) => (await import('./diff.ts')).createDiffAction(readerHost(io)),
  },
};

/** Returns a command by its name, or null when there is none. */
export function commandOf(name: string): Command | null {
  return (Object.hasOwn(commands, name) ? commands[name] : undefined) ?? null;
}

/** Returns the words of a command line with the first ones as flags: what comes too often stays, and is refused. */
export function wordsAsFlags({ words }: Pick<Command, 'words'>, argv: readonly string[]): readonly string[] {
  const flag = argv.findIndex((word) => word.startsWith('-') && word !== '-');
  const count = Math.min(words.length, flag < 0 ? argv.length : flag);
  return [...words.slice(0, count).map((name, index) => `--${name}=${argv[index]}`), ...argv.slice(count)];
}

function readerHost({ cwd, stderr }: CliIo) {
  return { cwd, write: (text: string) => stderr.write(text) };
}
