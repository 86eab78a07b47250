import type { ActionContext, ActionResult } from '@tagflow/action-kit';
import type { PromoteConfig } from '@tagflow/config';
import { createDlrnClient, DlrnError, isUnrecorded } from '@tagflow/dlrn';
import { createApi } from '@tagflow/http';
import { openGithub, type PromotionFacts, readRedness, type Redness, tellGithub } from '@tagflow/status';
import type { Given, outputs } from './inputs.ts';
import { readSettings, type Settings } from './settings.ts';

/** Tells GitHub how a promotion ended. */
export async function run(given: Given, context: ActionContext): Promise<ActionResult<keyof typeof outputs>> {
  const settings = await readSettings(given, context.env);
  const { promote, github } = settings;
  if (promote === null) {
    return { outcome: 'nothing-to-do', outputs: {}, message: `phase ${given.phase} promotes nothing` };
  }
  if (typeof github === 'string') return { outcome: 'nothing-to-do', outputs: {}, message: github };

  const port = await openGithub({ ...github, dryRun: context.dryRun, effects: context });
  const asked = await askDlrn(settings, promote, context);
  const facts = factsOf(given, settings, promote.to, asked.redness, context.clock.now());
  const { outcome, message, error, deployment, status, issue } = await tellGithub(facts, port);
  const told = {
    outputs: {
      ...(deployment === null ? {} : { deployment }),
      ...(status === null ? {} : { status }),
      ...(issue === null ? {} : { issue }),
    },
    message: asked.error === null ? message : `${message}; ${asked.error.message}`,
  };
  const failure = error ?? asked.error;
  if (failure === null) return { ...told, outcome };
  context.log.warning(`not all was told: ${[error, asked.error].flatMap((each) => each?.message ?? []).join('; ')}`);
  return { ...told, outcome: 'waiting', ...(failure.outcome === 'waiting' ? { error: failure } : {}) };
}

/** The issue alone needs DLRN: what it does not say keeps nothing else from being told. */
async function askDlrn(
  { config, component, redAfterMs, dlrnLogin }: Settings,
  { from, to }: PromoteConfig,
  context: ActionContext,
): Promise<{ readonly redness: Redness | null; readonly error: DlrnError | null }> {
  const login = dlrnLogin === null ? {} : { credentials: dlrnLogin, sendCredentialsOnReads: true };
  const client = createDlrnClient(createApi(context), { apiUrl: config.dlrn.apiUrl, log: context.log, ...login });
  const question = { label: to, candidateLabel: isUnrecorded(from) ? null : from, component, redAfterMs };
  try {
    return { redness: await readRedness(client, question, context.clock.now()), error: null };
  } catch (error) {
    if (!(error instanceof DlrnError)) throw error;
    return { redness: null, error };
  }
}

function factsOf(
  given: Given,
  settings: Settings,
  label: string,
  redness: Redness | null,
  now: number,
): PromotionFacts {
  const { config, component, fullHash, previousHash, reason, owners, logPage, commit, runId } = settings;
  return {
    ...{ release: config.release, label, component, fullHash, previousHash },
    ...{ reason, owners, logPage, commit, runId, redness, now },
    environment: given.environment ?? label,
    promotionId: given['promotion-id'] ?? null,
    outcome: given.outcome ?? null,
    explanation: given.explanation ?? null,
    environmentUrl: given['environment-url']?.href ?? null,
  };
}
