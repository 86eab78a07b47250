import { createReadStream, createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ActionContext, type AnyAction, defineAction } from '@tagflow/action-kit';
import { type Config, loadConfig, withLedger } from '@tagflow/config';
import { exportLedger, importLedger, openLedgerReader } from '@tagflow/ledger';
import { canonicalJson, type PromotionRecord, TagflowError } from '@tagflow/model';
import { endOf } from '@tagflow/wiring';

/** Where the command puts its words, and what relative paths are relative to. */
export interface LedgerHost {
  readonly cwd: string;
  readonly write: (text: string) => void;
}

interface Result {
  readonly outcome: 'done' | 'nothing-to-do' | 'planned';
  readonly message: string;
  readonly outputs: { readonly labels?: string };
}

/** Returns the action behind `tagflow ledger`: the memory of promotions, as a file and as it was at a moment. */
export function createLedgerAction({ cwd, write }: LedgerHost): AnyAction {
  return defineAction({
    name: 'ledger',
    description: 'Exports and imports the ledger, and tells what every label named at a moment.',
    inputs: {
      what: {
        type: 'enum',
        options: ['export', 'import', 'as-of'],
        required: true,
        description:
          'export, import: JSON lines, of SQLite and PostgreSQL alike. as-of: what labels named at a moment.',
      },
      value: {
        type: 'string',
        required: true,
        description:
          'The file; for as-of the moment, such as 2026-01-31 (the end of that day, UTC) or a date with time.',
      },
      config: { type: 'file', required: true, description: 'The tagflow.yaml of the release.' },
      ledger: {
        type: 'string',
        description: 'Another ledger: sqlite:PATH or postgres://…. Default: what tagflow.yaml says.',
      },
    },
    outputs: { labels: 'JSON, for as-of: each label with its hash, its version and every pointer that was moved.' },
    async run(values, context): Promise<Result> {
      const config = withLedger(await loadConfig(values.config), values.ledger);
      if (values.what === 'as-of') return asOf(config, momentOf(values.value), write);
      const path = resolve(cwd, values.value);
      return values.what === 'export' ? exportTo(config, path, context) : importFrom(config, path, context);
    },
  });
}

function momentOf(text: string): number {
  const moment = endOf(text);
  if (!Number.isNaN(moment)) return moment;
  const message = `"${text.slice(0, 80)}" is no moment; allowed: 2026-01-31, or 2026-01-31T12:00:00Z`;
  throw new TagflowError('bad-request', message, { outcome: 'invalid' });
}

async function exportTo({ ledger }: Config, path: string, { dryRun }: ActionContext): Promise<Result> {
  if (dryRun) return { outcome: 'planned', message: `would write ${path}`, outputs: {} };
  let lines = 0;
  const counted = async function* (): AsyncGenerator<string> {
    for await (const line of exportLedger(ledger.url)) {
      lines += 1;
      yield line;
    }
  };
  await pipeline(Readable.from(counted()), createWriteStream(path));
  return { outcome: 'done', message: `${lines} lines in ${path}`, outputs: {} };
}

async function importFrom({ ledger }: Config, path: string, context: ActionContext): Promise<Result> {
  if (context.dryRun) return { outcome: 'planned', message: `would import ${path}`, outputs: {} };
  const { added, known } = await importLedger(ledger.url, createInterface({ input: createReadStream(path) }), context);
  const message = `${added} rows added from ${path}, ${known} were known`;
  return { outcome: added === 0 ? 'nothing-to-do' : 'done', message, outputs: {} };
}

async function asOf({ ledger, release }: Config, at: number, write: (text: string) => void): Promise<Result> {
  const reader = await openLedgerReader(ledger.url);
  if (reader === null) {
    const message = 'there is no ledger yet: no promotion of this configuration has been remembered';
    throw new TagflowError('no-ledger', message, { outcome: 'invalid', next: 'tagflow show LABEL@DATE asks DLRN.' });
  }
  try {
    const records = await reader.asOf(release, at);
    const moment = new Date(at).toISOString();
    write(`${release} at ${moment}:\n${records.map(line).join('')}`);
    const message = `${records.length} labels as they were at ${moment}`;
    return { outcome: 'done', message, outputs: { labels: canonicalJson(records.map(facts)) } };
  } finally {
    await reader.close();
  }
}

function line({ plan }: PromotionRecord): string {
  const { set, label, toHash, version } = plan;
  const kinds = `${set.containers.length} containers, ${set.images.length} images`;
  return `  ${label}  ${toHash}  ${kinds}, version ${version}\n`;
}

function facts({ id, plan: { label, toHash, version, set, moves } }: PromotionRecord): unknown {
  return { label, fullHash: toHash, version, promotion: id, set, moves };
}
