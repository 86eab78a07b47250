import { resolve } from 'node:path';
import { type ActionContext, type ActionResult, defineAction, KitError, nearest } from '@tagflow/action-kit';
import { type Config, loadConfig, loadPolicyOf, ownerOf, type Phase, resolvePhase, withLedger } from '@tagflow/config';
import { type FullHash, isFullHash } from '@tagflow/model';
import {
  explainHash,
  explainLabel,
  type ExplainPlace,
  type ExplainRequest,
  formatExplanationBrief,
  formatExplanationJson,
  formatExplanationMarkdown,
  formatExplanationText,
  type LabelExplanation,
  readHash,
  readLabel,
} from '@tagflow/promotion';
import { buildRequest, type OpenWorld, openWorld, type WorldSecrets } from '@tagflow/wiring';
import { colours, noColours } from './render.ts';
import type { ReaderHost } from './set-inputs.ts';

/** What `explain` needs of the command line besides its context. */
export interface ExplainHost extends ReaderHost {
  /** Whether a person sees the text, in colours. */
  readonly isTTY: boolean;
}

const outputs = {
  answer:
    'For a label: moves-now, waiting, blocked, held, frozen, running, half-done, nothing-newer or no-candidate. For ' +
    'several labels, and for a hash, a line for each label, such as "current-tripleo: waiting".',
  explanation: 'Everything that was found out, as JSON: an object, or a list for several labels.',
} as const;

type Explained = ActionResult<keyof typeof outputs>;

/** Returns the action behind `tagflow explain`. */
export function createExplainAction(host: ExplainHost) {
  return defineAction({
    name: 'explain',
    description: 'Says why a label does not move, what would move it and who has to act. Writes nowhere.',
    inputs: {
      about: {
        type: 'string',
        description: 'A label that a phase moves, or a full hash. Default: every label, some lines each.',
      },
      config: { type: 'path', required: true, description: 'The tagflow.yaml of the release.' },
      phase: { type: 'string', description: 'Look at this phase only. Default: every phase that moves the label.' },
      'policy-dir': {
        type: 'path',
        description: 'The folder of the waivers, holds and freezes. Default: what config says.',
      },
      ledger: { type: 'string', description: 'The ledger that the promoter writes. Default: what config says.' },
      username: { type: 'string', description: 'The user at a DLRN that answers its users only.' },
      password: { type: 'secret', description: 'The password at a DLRN that answers its users only.' },
    },
    outputs,
    async run(values, context) {
      const config = withLedger(await loadConfig(resolve(host.cwd, values.config)), values.ledger);
      const folder = values['policy-dir'];
      const requests = await requestsOf(config, values.phase, {
        folder: folder === undefined ? null : resolve(host.cwd, folder),
        actor: context.actor,
      });
      const secrets = { username: values.username, password: values.password?.reveal() };
      await using places = new AsyncDisposableStack();
      const worlds = new Map<string | null, OpenWorld>();
      const open = async (chosen: readonly ExplainRequest[]): Promise<readonly ExplainPlace[]> => {
        for (const { promote } of chosen) {
          if (worlds.has(promote.component)) continue;
          const world = await openReading(config, promote.component, secrets, context);
          places.defer(() => world.close());
          worlds.set(promote.component, world);
        }
        return chosen.flatMap((request) => {
          const world = worlds.get(request.promote.component);
          return world === undefined ? [] : [{ request, world, evidence: world.evidence }];
        });
      };
      const { about } = values;
      if (about !== undefined && isFullHash(about)) {
        return await tellHash(about, await open(requests), config.release, host);
      }
      const chosen = about === undefined ? requests : requests.filter(({ promote }) => promote.label === about);
      if (chosen.length === 0) throw noSuchLabel(about, requests, config, values.phase);
      return await tellLabels(await open(chosen), about === undefined, host);
    },
  });
}

async function tellLabels(places: readonly ExplainPlace[], isOverview: boolean, host: ExplainHost): Promise<Explained> {
  const told: LabelExplanation[] = [];
  for (const { request, world, evidence } of places) told.push(explainLabel(await readLabel(request, world, evidence)));
  const format = isOverview ? formatExplanationBrief : formatExplanationText;
  host.write(told.map((one) => format(one, paintOf(host))).join('\n'));
  const [first] = told;
  const isOne = told.length === 1 && first !== undefined;
  const lines = told.map(({ label, answer }) => `${label}: ${answer}`);
  return {
    outcome: 'done',
    message: lines.join(', '),
    summary: told.map(formatExplanationMarkdown).join('\n'),
    outputs: {
      answer: isOne ? first.answer : lines.join('\n'),
      explanation: formatExplanationJson(isOne ? first : told).trimEnd(),
    },
  };
}

async function tellHash(
  hash: FullHash,
  places: readonly ExplainPlace[],
  release: string,
  host: ExplainHost,
): Promise<Explained> {
  const told = explainHash(await readHash(hash, places, release));
  host.write(formatExplanationText(told, paintOf(host)));
  const lines = told.routes.map(({ label, standing }) => `${label}: ${standing}`);
  return {
    outcome: 'done',
    message: lines.join(', '),
    summary: formatExplanationMarkdown(told),
    outputs: { answer: lines.join('\n'), explanation: formatExplanationJson(told).trimEnd() },
  };
}

function paintOf({ isTTY }: ExplainHost): (text: string) => string {
  const paint = isTTY ? colours : noColours;
  return (text) => paint('bold', text);
}

/** Returns what each phase would ask for, in the order of the file: its pin, then its promotion. */
async function requestsOf(
  config: Config,
  name: string | undefined,
  { folder, actor }: { readonly folder: string | null; readonly actor: string },
): Promise<readonly ExplainRequest[]> {
  const policy = await loadPolicyOf(config, folder ?? undefined);
  const phases = name === undefined ? Object.values(config.phases) : [resolvePhase(config, name)];
  return phases.flatMap((phase) =>
    (['pin', 'promote'] as const).flatMap((mode): readonly ExplainRequest[] => {
      const asked = { mode, phase: phase.name, criteria: [], parts: [], policy, actor, dryRun: true };
      const { promote } = buildRequest(config, asked);
      return promote === null ? [] : [{ phase: phase.name, promote, jobs: jobsOf(config, phase) }];
    }),
  );
}

function jobsOf(config: Config, phase: Phase): ExplainRequest['jobs'] {
  return {
    ownerOf: (job) => ownerOf(config, job),
    runsHere: (job) => phase.test?.jobs.some((one) => one.job === job) ?? false,
  };
}

/** Opens the repository and the ledger of a configuration: containers and images are asked for nothing. */
function openReading(
  config: Config,
  component: string | null,
  secrets: WorldSecrets,
  context: ActionContext,
): Promise<OpenWorld> {
  const { actor, env } = context;
  return openWorld({ config, component, secrets, effects: context, owner: actor, env, promote: null, writes: false });
}

function noSuchLabel(
  about: string | undefined,
  requests: readonly ExplainRequest[],
  config: Config,
  phase: string | undefined,
): KitError {
  const known = [...new Set(requests.map(({ promote }) => promote.label))];
  const where = phase === undefined ? config.file : `phase ${phase} of ${config.file}`;
  if (about === undefined) return new KitError('invalid-inputs', [`${where} moves no label`], { outcome: 'invalid' });
  const near = nearest(about, known);
  const meant = near === null ? '' : ` (did you mean ${near}?)`;
  return new KitError(
    'invalid-inputs',
    [`"${about}" is neither a full hash nor a label that ${where} moves; it moves: ${known.join(', ')}${meant}`],
    { outcome: 'invalid', next: 'Give one of these labels, or a full hash as get-repo-hash has it.' },
  );
}
