import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Config } from '@tagflow/config';
import { DlrnError, type PinnedHash, pinKnownHash, pinLabelAt, placeOf, readLabelNow } from '@tagflow/dlrn';
import {
  type ArtifactSet,
  type FullHash,
  type Label,
  messageOf,
  parsePlan,
  parseSet,
  type Plan,
  previousOf,
} from '@tagflow/model';
import { PromotionError } from '@tagflow/promotion';
import { componentOf, componentsOf, labelsOf } from './known-labels.ts';
import { parseOperand, refused } from './operand.ts';
import type { SetPlaces } from './set-places.ts';

/** A set that somebody means, found. */
export interface FoundSet {
  /** As it was written. */
  readonly name: string;
  readonly fullHash: FullHash;
  /** What was named; null for a hash and for a set.json. */
  readonly label: Label | null;
  readonly component: string | null;
  /** The repository's directory; null where it was not looked for, or is gone. */
  readonly pinned: PinnedHash | null;
  /** What a file says; null where the set is to be read from the places. */
  readonly set: ArtifactSet | null;
  readonly plan: Plan | null;
}

export interface ResolveOptions {
  /** Whose own labels are meant, in the component line; undefined: what the phases of the label say. */
  readonly component?: string | undefined;
  /** What relative paths are below. */
  readonly cwd: string;
}

/**
 * Returns the set that a text names.
 * @throws PromotionError `bad-request` for what names nothing, `no-set` for a label that DLRN has not; DlrnError
 */
export async function resolveSet(text: string, places: SetPlaces, options: ResolveOptions): Promise<FoundSet> {
  const operand = parseOperand(text);
  if (operand.kind === 'file') return readSetFile(operand.path, options.cwd);
  return operand.kind === 'hash'
    ? findHash(text, operand.hash, places, options)
    : findLabel(text, operand, places, options);
}

/**
 * Returns the two sets that one text stands for: a label's previous set and its set, or a plan's set before and after.
 * @throws PromotionError `bad-request` for what has no set before it
 */
export async function resolvePair(
  text: string,
  places: SetPlaces,
  options: ResolveOptions,
): Promise<readonly [FoundSet, FoundSet]> {
  const operand = parseOperand(text);
  if (operand.kind === 'label' && operand.at === null) {
    const to = await resolveSet(text, places, options);
    return [await previousTo(operand.label, places, options), to];
  }
  const to = operand.kind === 'file' ? await readSetFile(operand.path, options.cwd) : null;
  if (to === null || to.plan === null) throw refused(text, 'it says nothing of another set to compare with');
  const { fromSet, fromHash, label } = to.plan;
  const name = `${text}, before`;
  if (fromSet !== null) return [{ ...to, name, fullHash: fromSet.fullHash, set: fromSet, plan: null }, to];
  if (fromHash === null) throw refused(text, `the plan makes ${label} a new label, so that there is nothing before`);
  return [
    { ...(await findHash(name, fromHash, places, { ...options, component: to.component ?? undefined })), label },
    to,
  ];
}

async function previousTo(label: Label, places: SetPlaces, options: ResolveOptions): Promise<FoundSet> {
  try {
    return await resolveSet(previousOf(label), places, options);
  } catch (cause) {
    if (!(cause instanceof PromotionError)) throw cause;
    throw new PromotionError('no-set', `${label} has no previous set: ${cause.message}`, {
      outcome: 'invalid',
      cause,
      next: `Name what to compare it with: tagflow diff SET ${label}`,
    });
  }
}

async function readSetFile(path: string, cwd: string): Promise<FoundSet> {
  const text = await readFile(resolve(cwd, path), 'utf8').catch((cause: unknown) => {
    throw refused(path, `the file cannot be read: ${messageOf(cause)}`);
  });
  const common = { name: path, component: null, pinned: null };
  if (!isPlan(text)) {
    const set = parseSet(text, path);
    return { ...common, fullHash: set.fullHash, label: null, set, plan: null };
  }
  const plan = parsePlan(text, path);
  const { set, label, component } = plan;
  return { ...common, fullHash: set.fullHash, label, component, set, plan };
}

function isPlan(text: string): boolean {
  try {
    return /^tagflow\/plan\//.test(String(Object(JSON.parse(text)).schema));
  } catch {
    return false;
  }
}

type Dlrn = NonNullable<SetPlaces['dlrn']>;

function configured(text: string, { config, dlrn }: SetPlaces): { readonly config: Config; readonly dlrn: Dlrn } {
  if (config !== null && dlrn !== null) return { config, dlrn };
  throw new PromotionError('bad-request', `input "config" is missing: without it nobody knows where ${text} is`, {
    outcome: 'invalid',
    next: 'Give --config tagflow.yaml, or the paths of set.json or plan.json files.',
  });
}

async function findHash(
  text: string,
  hash: FullHash,
  places: SetPlaces,
  { component }: ResolveOptions,
): Promise<FoundSet> {
  const { config, dlrn } = configured(text, places);
  const components = component === undefined ? [null, ...componentsOf(config)] : [component];
  let found: PinnedHash | null = null;
  for (const one of components) {
    found ??= await pinKnownHash(dlrn.client, dlrn.tree, hash, { ...placeOf(one), labels: labelsOf(config) });
  }
  const common = { name: text, fullHash: hash, label: null, set: null, plan: null };
  return { ...common, component: found?.component ?? component ?? null, pinned: found };
}

async function findLabel(
  text: string,
  { label, at }: { readonly label: Label; readonly at: number | null },
  places: SetPlaces,
  options: ResolveOptions,
): Promise<FoundSet> {
  const { config, dlrn } = configured(text, places);
  const component = componentOf(config, label, options.component);
  const place = placeOf(component);
  const common = { name: text, label, component, set: null, plan: null };
  const rememberedAt = async (): Promise<FullHash | null> => {
    const records = (await places.ledger?.asOf(config.release, at ?? 0)) ?? [];
    return records.find(({ plan }) => plan.label === label && plan.component === component)?.plan.toHash ?? null;
  };
  if (at !== null) {
    try {
      const pinned = await pinLabelAt(dlrn.client, dlrn.tree, label, at, place);
      return { ...common, fullHash: pinned.fullHash, pinned };
    } catch (error) {
      // The build may be purged, or DLRN set up anew since: the ledger remembers, and the set may still be served.
      const hash = error instanceof DlrnError && error.code === 'nothing-there' ? await rememberedAt() : null;
      if (hash === null) throw error;
      const pinned = await pinKnownHash(dlrn.client, dlrn.tree, hash, { ...place, labels: [label] });
      return { ...common, fullHash: hash, pinned };
    }
  }
  const hash = await readLabelNow(dlrn.client, dlrn.tree, label, text, place);
  if (hash === null) {
    const of = component === null ? '' : `component ${component} of `;
    throw new PromotionError('no-set', `${of}the repository at ${dlrn.tree.reposUrl} has no label ${label}`, {
      outcome: 'invalid',
      next: 'Nothing was promoted to it yet.',
    });
  }
  const pinned = await pinKnownHash(dlrn.client, dlrn.tree, hash, { ...place, labels: [label] });
  return { ...common, fullHash: hash, pinned };
}
