import { createHash } from 'node:crypto';
import { type Config, managedLabels } from '@tagflow/config';
import { readLabelNow, placeOf } from '@tagflow/dlrn';
import type { LedgerReader } from '@tagflow/ledger';
import {
  type ArtifactSet,
  formatHandOff,
  formatSet,
  type FullHash,
  type HandOffManifest,
  type Label,
  type Visibility,
  visibleIn,
} from '@tagflow/model';
import type { SetPlaces } from '../set-places.ts';
import { HandOffError } from './error.ts';
import { refuseOtherSet } from './given-set.ts';
import { internalNames, withoutInternal } from './hidden.ts';
import { readPlaces } from './readable-places.ts';
import { nothingRemembered, recallFromDlrn, recallFromLedger } from './recollection.ts';
import { readRepository } from './repository.ts';
import { readStatement } from './statement.ts';

/** What is asked to be handed off; what is absent comes from the configuration and its places. */
export interface HandOffRequest {
  readonly label: Label | null;
  /** In the component line: whose own label and build are meant. */
  readonly component: string | null;
  /** Null: what the label names now. */
  readonly fullHash: FullHash | null;
  readonly release?: string | undefined;
  readonly distro?: string | undefined;
  /** The set as files say it; null: what the places hold. */
  readonly set: ArtifactSet | null;
  /** The text of the promotion's statement. */
  readonly statement?: string | undefined;
  readonly visibility: Visibility;
  /** Whether the receiver reads the folders of this machine. */
  readonly local: boolean;
}

/** A delivery that is ready. */
export interface PreparedHandOff {
  readonly manifest: HandOffManifest;
  /** The text of `manifest.json`. */
  readonly text: string;
  /** `sha256:` of the text: what names the delivery. */
  readonly digest: string;
  /** All files by their names, the manifest last. */
  readonly files: ReadonlyMap<string, string>;
}

/** Why a set must not be delivered. */
export interface BlockedHandOff {
  readonly blocked: string;
}

/**
 * Gathers everything that is known of a promoted set. Nothing is written.
 * @param ledger null where there is none: then DLRN says what it knows of the promotion
 * @throws HandOffError; and what reading the places throws, since a manifest is never completed later
 */
export async function prepareHandOff(
  request: HandOffRequest,
  places: SetPlaces,
  ledger: Pick<LedgerReader, 'history'> | null,
): Promise<PreparedHandOff | BlockedHandOff> {
  const { label, component, visibility, local } = request;
  const hash = request.fullHash ?? (await namedHash(request, places));
  const readable = await readPlaces(places, { hash, label, visibility, local });
  const whole = request.set ?? readable.set;
  if (whole === null) {
    throw new HandOffError(
      'no-set',
      `no set was given, and no image store or registry of config holds one of ${hash}`,
      {
        next: 'Promote it first, or give the files of its set (set).',
      },
    );
  }
  if (whole.fullHash !== hash) throw badRequest(`the set is of ${whole.fullHash}, but full-hash is ${hash}`);
  const release = request.release ?? places.config?.release ?? whole.release;
  if (release !== whole.release) throw badRequest(`the set is of release ${whole.release}, not of ${release}`);
  const set = visibleIn(whole, visibility);
  if (request.set !== null && readable.set !== null) {
    refuseOtherSet(set, visibleIn(readable.set, visibility), readable);
  }
  if (set.containers.length + set.images.length === 0) {
    const hidden = whole.images.length > 0 ? ' that may be public (visibility: internal delivers the others)' : '';
    throw badRequest(`the set of ${hash} has neither containers nor images${hidden}`);
  }
  const hidden = visibility === 'internal' ? null : internalNames(whole);
  const stated = request.statement === undefined ? null : readStatement(request.statement, hash, label, set, hidden);
  const blocked = label === null ? null : await otherHash(hash, label, component, places);
  if (blocked !== null) return { blocked };

  const repository = await readRepository(set, component, places);
  const labels = label === null ? labelsOfConfig(places.config) : [label];
  const promoted = { release, fullHash: hash, labels, component };
  const recalled = stated ?? (ledger === null ? null : await recallFromLedger(ledger, promoted));
  const remembered =
    recalled ??
    (places.dlrn === null
      ? nothingRemembered
      : await recallFromDlrn(places.dlrn.client, promoted, repository.facts.builds));
  const { promotion, verdict, criteria, votes, waivers } =
    hidden === null ? remembered : withoutInternal(remembered, [...hidden, ...remembered.internal], places.effects.log);
  const files = new Map([['set.json', formatSet(set)], ...repository.files]);
  if (request.statement !== undefined) files.set('statement.json', request.statement);
  const manifest: HandOffManifest = {
    ...{ release, label, component, fullHash: hash, visibility, promotion, criteria, votes, waivers },
    distro: request.distro ?? places.config?.distro ?? null,
    repository: repository.facts,
    containers: await readable.containers(set),
    images: readable.images(set),
    verdict:
      verdict === null
        ? null
        : { answer: verdict.answer, reasons: verdict.reasons, criteriaDigest: verdict.criteriaDigest },
    sha256: Object.fromEntries([...files].map(([name, text]) => [name, sha256(text)])),
  };
  const text = formatHandOff(manifest);
  return { manifest, text, digest: `sha256:${sha256(text)}`, files: new Map([...files, ['manifest.json', text]]) };
}

async function namedHash({ label, component }: HandOffRequest, { dlrn }: SetPlaces): Promise<FullHash> {
  if (label === null || dlrn === null) throw badRequest('input "full-hash" is missing: give it, or config and a label');
  const hash = await readLabelNow(dlrn.client, dlrn.tree, label, label, placeOf(component));
  if (hash !== null) return hash;
  throw new HandOffError('no-set', `label ${label} names nothing at ${dlrn.tree.reposUrl}`, {
    outcome: 'blocked',
    next: 'Nothing was promoted to it yet.',
  });
}

/**
 * Returns why a set must not be delivered as what a label names, or null when the label names its hash: whoever is
 * given the old set of a label that has moved on would take it for the promoted one.
 */
async function otherHash(
  hash: FullHash,
  label: Label,
  component: string | null,
  { dlrn }: SetPlaces,
): Promise<string | null> {
  if (dlrn === null) return null;
  const named = await dlrn.tree.readLabel(label, placeOf(component));
  if (named === hash) return null;
  return `label ${label} names ${named ?? 'nothing'} at ${dlrn.tree.reposUrl}, and full-hash is ${hash}`;
}

function labelsOfConfig(config: Config | null): readonly Label[] {
  return config === null ? [] : managedLabels(config);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function badRequest(message: string): HandOffError {
  return new HandOffError('bad-request', message);
}
