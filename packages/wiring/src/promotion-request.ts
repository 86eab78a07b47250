import {
  type Config,
  managedLabels,
  type Phase,
  phaseOfLabel,
  type PromoteConfig,
  resolvePhase,
} from '@tagflow/config';
import { withoutEndSlash } from '@tagflow/http';
import {
  type ArtifactSet,
  type Criteria,
  type FullHash,
  type Label,
  parseFullHash,
  parseLabel,
  parseTargetLabel,
} from '@tagflow/model';
import { labelledHash, PromotionError, type PromoteRequest, theRepository } from '@tagflow/promotion';
import type { OpenWorld } from './open-world.ts';

/**
 * What a caller asks for, as texts; what is absent comes from the phase, and the phase, where it is absent, from the
 * label that it moves.
 */
export interface Asked {
  readonly phase?: string | undefined;
  /** Names of registries and image stores of the phase: only these move beside the repository. Empty: all. */
  readonly destinations?: readonly string[];
  readonly mode: 'promote' | 'pin' | 'follow' | 'rollback' | 'repair' | 'resume';
  readonly component?: string | undefined;
  readonly targetLabel?: string | undefined;
  readonly candidateLabel?: string | undefined;
  readonly fullHash?: string | undefined;
  /** Has to be the directory of `fullHash`: two facts of one look-up that contradict each other are a mix-up of jobs. */
  readonly repoUrl?: string | undefined;
  /** `none`, or job names that all have to succeed; empty takes the phase's criteria. */
  readonly criteria: readonly string[];
  readonly parts: readonly ArtifactSet[];
  /** The waivers, holds and freezes in files. */
  readonly policy: PromoteRequest['policy'];
  readonly reason?: string | undefined;
  readonly actor: string;
  readonly dryRun: boolean;
}

export interface Request {
  readonly phase: Phase;
  readonly promote: PromoteRequest;
  /** Whose containers and images move; null for a pin, which moves the repository alone. */
  readonly places: Pick<PromoteConfig, 'containers' | 'images'> | null;
}

/** Returns the phase that a caller means. */
function phaseOf(config: Config, { phase, targetLabel }: Asked): Phase {
  if (phase === undefined && targetLabel !== undefined) return phaseOfLabel(config, targetLabel);
  return resolvePhase(config, phase ?? '');
}

/** Returns the request of a phase, or null for a phase that has no section for that mode. */
export function buildRequest(
  config: Config,
  asked: Asked,
): Request | { readonly phase: Phase; readonly promote: null } {
  refuseMixUp(asked);
  const phase = phaseOf(config, asked);
  const isPin =
    asked.mode === 'pin' ||
    asked.mode === 'follow' ||
    (['resume', 'repair'].includes(asked.mode) &&
      asked.targetLabel !== undefined &&
      asked.targetLabel === phase.pin?.to);
  const section = isPin ? phase.pin : phase.promote;
  if (section === null) return { phase, promote: null };
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
    phase,
    places: (isPin && asked.mode !== 'follow') || phase.promote === null ? null : limited(phase.promote, asked),
    promote: {
      mode: asked.mode === 'resume' ? 'promote' : asked.mode === 'follow' ? 'pin' : asked.mode,
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
      policy: asked.policy,
      knownJobs: Object.values(config.phases).flatMap(({ test }) => test?.jobs.map(({ job }) => job) ?? []),
      // What runs by itself gives no reason, and a person should.
      byHand: asked.reason !== undefined,
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

/** Returns a pin's request with the hash that its source names now; any other request as it is. */
export async function withImpliedHash(request: PromoteRequest, world: OpenWorld): Promise<PromoteRequest> {
  if (request.fullHash !== null || request.mode !== 'pin') return request;
  const label = request.candidateLabel;
  return label === null ? request : { ...request, fullHash: await currentHash(label, world) };
}

/**
 * Returns the places that move: all of the phase, or those that were named. What is left out keeps what it has, and
 * every later promotion or resume brings it back to the label.
 */
function limited(
  { containers, images }: PromoteConfig,
  { destinations = [], reason }: Asked,
): Pick<PromoteConfig, 'containers' | 'images'> {
  if (destinations.length === 0) return { containers, images };
  const known = [...(containers?.destinations ?? []), ...(images?.destinations ?? [])];
  const unknown = destinations.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const message = `input "destinations": ${unknown.join(', ')} is not among those of the phase: ${known.join(', ') || 'none'}`;
    throw new PromotionError('bad-request', message, { outcome: 'invalid' });
  }
  if (reason === undefined && known.some((name) => !destinations.includes(name))) {
    const message = 'input "reason" is required where destinations are left out: kinds will differ until they are back';
    throw new PromotionError('bad-request', message, { outcome: 'invalid' });
  }
  const chosen = (names: readonly string[]): readonly string[] => names.filter((name) => destinations.includes(name));
  const registries = chosen(containers?.destinations ?? []);
  const stores = chosen(images?.destinations ?? []);
  return {
    containers:
      containers === null || registries.length === 0
        ? null
        : { ...containers, destinations: registries, optional: chosen(containers.optional) },
    images: images === null || stores.length === 0 ? null : { destinations: stores },
  };
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
