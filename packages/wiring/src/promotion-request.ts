import { type Config, managedLabels, type Phase, type PromoteConfig } from '@tagflow/config';
import { withoutEndSlash } from '@tagflow/http';
import {
  type ArtifactSet,
  type Criteria,
  type FullHash,
  type Label,
  parseFullHash,
  parseLabel,
  parseTargetLabel,
  previousOf,
} from '@tagflow/model';
import { labelledHash, PromotionError, type PromoteRequest, theRepository } from '@tagflow/promotion';
import type { OpenWorld } from './open-world.ts';

/** What a caller asks for, as texts; what is absent comes from the phase. */
export interface Asked {
  readonly mode: 'promote' | 'pin' | 'rollback' | 'resume';
  readonly component?: string | undefined;
  readonly targetLabel?: string | undefined;
  readonly candidateLabel?: string | undefined;
  readonly fullHash?: string | undefined;
  /** Has to be the directory of `fullHash`: two facts of one look-up that contradict each other are a mix-up of jobs. */
  readonly repoUrl?: string | undefined;
  /** `none`, or job names that all have to succeed; empty takes the phase's criteria. */
  readonly criteria: readonly string[];
  readonly parts: readonly ArtifactSet[];
  readonly reason?: string | undefined;
  readonly actor: string;
  readonly dryRun: boolean;
}

export interface Request {
  readonly promote: PromoteRequest;
  /** Whose containers and images move; null for a pin, which moves the repository alone. */
  readonly places: Pick<PromoteConfig, 'containers' | 'images'> | null;
}

/** Returns the request of a phase, or null when the phase has no section for that mode. */
export function buildRequest(config: Config, phase: Phase, asked: Asked): Request | null {
  refuseMixUp(asked);
  const isPin =
    asked.mode === 'pin' ||
    (asked.mode === 'resume' && asked.targetLabel !== undefined && asked.targetLabel === phase.pin?.to);
  const section = isPin ? phase.pin : phase.promote;
  if (section === null) return null;
  if (asked.mode === 'rollback' && asked.reason === undefined) {
    throw new PromotionError(
      'bad-request',
      'input "reason" is required for a rollback: the next reader will want to know why',
      {
        outcome: 'invalid',
      },
    );
  }
  return {
    places: isPin ? null : phase.promote,
    promote: {
      mode: asked.mode === 'resume' ? 'promote' : asked.mode,
      release: config.release,
      component: asked.component ?? phase.component,
      label: asked.targetLabel === undefined ? section.to : managedLabel(config, asked.targetLabel),
      candidateLabel: asked.candidateLabel === undefined ? section.from : parseLabel(asked.candidateLabel),
      criteria: asked.mode === 'rollback' ? 'none' : criteriaOf(asked.criteria, section.criteria),
      fullHash: asked.fullHash === undefined ? null : parseFullHash(asked.fullHash),
      parts: asked.parts,
      // A rollback must not make `previous` the very set that it leaves: the next one would go there.
      keepPrevious: !isPin && asked.mode !== 'rollback',
      configDigest: config.digest,
      reason: asked.reason ?? null,
      actor: asked.actor,
      dryRun: asked.dryRun,
    },
  };
}

/**
 * Returns the hash that a label names now, for a pin without a hash: DLRN keeps no history of `consistent`.
 * @throws PromotionError `no-set` when the label does not exist
 */
async function currentHash(label: Label, world: OpenWorld): Promise<FullHash> {
  const hash = await labelledHash(theRepository(world.destinations), label);
  if (hash !== null) return hash;
  throw new PromotionError('no-set', `the repository has no label ${label}`, {
    outcome: 'invalid',
    next: 'Check the label in tagflow.yaml, or give a full-hash.',
  });
}

/** Returns the request with the hash that a mode implies: a rollback goes to `previous-<label>`, a pin to its source. */
export async function withImpliedHash(request: PromoteRequest, world: OpenWorld): Promise<PromoteRequest> {
  if (request.fullHash !== null || request.mode === 'promote') return request;
  const label = request.mode === 'rollback' ? previousOf(request.label) : request.candidateLabel;
  return label === null ? request : { ...request, fullHash: await currentHash(label, world) };
}

// DLRN cannot remove a label: one that was typed wrong would stay for good.
function managedLabel(config: Config, text: string): Label {
  const label = parseTargetLabel(text);
  const known = managedLabels(config);
  if (known.includes(label)) return label;
  throw new PromotionError('bad-request', `input "target-label": "${text}" is not a label of ${config.file}`, {
    outcome: 'invalid',
    next: `It has: ${known.join(', ')}.`,
  });
}

function refuseMixUp({ fullHash, repoUrl }: Asked): void {
  if (fullHash === undefined || repoUrl === undefined || withoutEndSlash(repoUrl).endsWith(`/${fullHash}`)) return;
  throw new PromotionError(
    'bad-request',
    `input "repo-url" (${repoUrl}) is not the directory of full-hash ${fullHash}`,
    {
      outcome: 'invalid',
      next: 'Take both from the same get-repo-hash.',
    },
  );
}

function criteriaOf(asked: readonly string[], configured: Criteria): Criteria {
  if (asked.length === 0) return configured;
  return asked.length === 1 && asked[0] === 'none' ? 'none' : { allOf: asked, informing: [] };
}
