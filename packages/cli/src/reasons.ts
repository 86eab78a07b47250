import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { type ActionContext, defineAction, KitError } from '@tagflow/action-kit';
import {
  findReasons,
  findReasonsInFolder,
  formatPatterns,
  isInfrastructure,
  type LogReasons,
  parsePatterns,
  type ReasonPattern,
  withDefaultPatterns,
} from '@tagflow/featureset';
import { canonicalJson, messageOf } from '@tagflow/model';
import { deliver } from './deliver.ts';
import { formatReasons, summarizeReasons } from './reasons-text.ts';
import type { ReaderHost } from './set-inputs.ts';

export interface ReasonsHost extends ReaderHost {
  /** Opens what comes in at `-`. */
  readonly stdin: () => AsyncIterable<Uint8Array>;
}

/** Returns the action behind `tagflow reasons`. */
export function createReasonsAction(host: ReasonsHost) {
  return defineAction({
    name: 'reasons',
    description: 'Tells why a job failed, as its logs say: what was seen first, what is worst, and how often.',
    inputs: {
      log: {
        type: 'string',
        description: 'A log, the folder of a job with all of its logs, or - for what comes in. A .gz is unpacked.',
      },
      patterns: {
        type: 'list',
        description:
          'Pattern files of your own, before the patterns that come along. A name that is there already is left out.',
      },
      list: { type: 'boolean', description: 'Print the patterns, as a pattern file to be edited.' },
      to: { type: 'path', description: 'With list: the file that gets them, instead of stderr.' },
    },
    outputs: {
      first: 'The name of the pattern that matched first.',
      worst: 'The name of the worst pattern that matched.',
      kind: 'infra or product: what the worst is a failure of.',
      'is-infrastructure': 'Whether the job may be run again: true or false.',
      reasons: 'JSON: first, worst, every pattern that matched with its number of lines, and what could not be read.',
      list: 'With list and to: the file.',
    },
    async run(values, context) {
      const patterns = withDefaultPatterns(await ownPatterns(values.patterns, host));
      if (values.list) {
        const path = await deliver(formatPatterns(patterns), { to: values.to, format: 'text' }, context, host);
        return {
          outcome: path === null && values.to !== undefined ? 'planned' : 'done',
          message: `${patterns.length} patterns`,
          outputs: path === null ? {} : { list: path },
        };
      }
      const found = await reasonsOf(values.log, patterns, context, host);
      host.write(formatReasons(found));
      const { first, worst } = found;
      return {
        outcome: 'done',
        message: summarizeReasons(found),
        outputs: {
          ...(first === null ? {} : { first: first.pattern }),
          ...(worst === null ? {} : { worst: worst.pattern, kind: worst.kind }),
          'is-infrastructure': String(isInfrastructure(found)),
          reasons: canonicalJson(found),
        },
      };
    },
  });
}

async function ownPatterns(files: readonly string[], { cwd }: ReaderHost): Promise<readonly ReasonPattern[]> {
  const all: ReasonPattern[] = [];
  for (const file of files) {
    const path = resolve(cwd, file);
    const text = await readFile(path, 'utf8').catch((cause: unknown) => {
      throw unreadable('patterns', path, cause);
    });
    all.push(...parsePatterns(text, path));
  }
  return all;
}

async function reasonsOf(
  log: string | undefined,
  patterns: readonly ReasonPattern[],
  { signal }: Pick<ActionContext, 'signal'>,
  { cwd, stdin }: ReasonsHost,
): Promise<LogReasons> {
  if (log === undefined || log === '') {
    throw new KitError('invalid-inputs', ['no log is named: tagflow reasons FILE|FOLDER|-'], { outcome: 'invalid' });
  }
  if (log === '-') return findReasons([{ file: 'stdin', bytes: stdin() }], patterns, { signal });
  const path = resolve(cwd, log);
  const facts = await stat(path).catch((cause: unknown) => {
    throw unreadable('log', path, cause);
  });
  if (facts.isDirectory()) return findReasonsInFolder(path, patterns, { signal });
  const bytes = createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>;
  return findReasons([{ file: basename(path), bytes }], patterns, { signal });
}

function unreadable(input: string, path: string, cause: unknown): KitError {
  const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
  const why = isMissing ? 'is not there' : `cannot be read: ${messageOf(cause)}`;
  return new KitError('invalid-inputs', [`input "${input}": ${path} ${why}`], {
    outcome: 'invalid',
    next: 'Give a file that can be read, the folder of a job, or - for what comes in.',
    ...(isMissing ? {} : { cause }),
  });
}
