import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { openLedgerReader } from '@tagflow/ledger';
import { type Label, previousOf } from '@tagflow/model';
import { type LabelTruth, readTruth } from '../pipelines/truth.ts';
import { answerOf, type Ended } from '../pipelines/tagflow.ts';
import type { Lane } from './lane.ts';

const label = 'current-tripleo' as Label;
const previous = previousOf(label) ?? label;

/** Where both labels point, in every kind. */
export interface Places {
  readonly label: LabelTruth;
  readonly previous: LabelTruth;
}

/** What the second run made of what the first one left. */
export interface Ending {
  /** Null where the kinds are neither all where they were nor all where they should go. */
  readonly on: 'old' | 'new' | null;
  /** What is not as promised, a sentence each. */
  readonly faults: readonly string[];
}

export async function readPlaces({ world }: Lane): Promise<Places> {
  return { label: await readTruth(world.lab, label), previous: await readTruth(world.lab, previous) };
}

/** Judges by the destinations, and by what the ledger still calls unfinished; what the second run says must agree. */
export async function judge(lane: Lane, ended: Ended, ends: Readonly<Record<'old' | 'new', Places>>): Promise<Ending> {
  const now = await readPlaces(lane);
  const on = (['old', 'new'] as const).find((end) => isDeepStrictEqual(now, ends[end])) ?? null;
  const faults = [
    ...(on === null ? [`neither all old nor all new: ${lane.tidy(differences(now, ends))}`] : []),
    ...(await openPromotions(lane)).map((id) => `the journal of ${id} is open`),
    ...complaints(ended, on),
  ];
  return { on, faults };
}

async function openPromotions({ ledgerFile }: Lane): Promise<readonly string[]> {
  if (!existsSync(ledgerFile)) return ['no ledger'];
  const ledger = await openLedgerReader(`sqlite:${ledgerFile}`);
  try {
    const open = await Promise.all([label, previous].map(async (each) => ledger?.unfinished('master', each) ?? []));
    return open.flat().map(({ id }) => id);
  } finally {
    await ledger?.close();
  }
}

function complaints(ended: Ended, on: Ending['on']): readonly string[] {
  const { exitCode, signal, stderr } = ended;
  if (exitCode === null || ended.stdout === '') return [`the second run ended by ${signal ?? 'itself'}: ${stderr}`];
  const { outcome, outputs, error } = answerOf(ended);
  const isGood = exitCode === 0 || (exitCode === 1 && on === 'old');
  const said = error === null ? '' : `: ${error.message} → ${error.next}`;
  const debts = outputs['debts'] ?? '';
  return [
    ...(isGood ? [] : [`the second run ended as ${outcome}${said}`]),
    ...(debts === '' ? [] : [`a step is left to people: ${debts}`]),
  ];
}

function differences(now: Places, ends: Readonly<Record<'old' | 'new', Places>>): string {
  return (['label', 'previous'] as const)
    .flatMap((which) =>
      Object.entries(now[which]).map(([place, said]): string => {
        const key = place as keyof LabelTruth;
        const end = (['old', 'new'] as const).filter((each) => ends[each][which][key] === said).join('/');
        return said === null
          ? ''
          : `${which === 'label' ? label : previous} in ${place}: ${said} (${end || 'neither'})`;
      }),
    )
    .filter((line) => line !== '')
    .join(', ');
}
