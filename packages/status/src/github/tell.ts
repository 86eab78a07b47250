import type { Outcome } from '@tagflow/model';
import { StatusError } from '../error.ts';
import { tellCommitStatus } from './commit-status.ts';
import { tellDeployment } from './deployment.ts';
import type { PromotionFacts, Told } from './facts.ts';
import { tellIssue } from './issue.ts';
import type { GithubPort } from './port.ts';

/** What GitHub was told of a promotion. */
export interface GithubReport {
  /**
   * `waiting` where something could not be told: the promotion is what it is, and the same call later tells the rest.
   * `planned` where a dry run would write, `done` where something was written, else `nothing-to-do`.
   */
  readonly outcome: Extract<Outcome, 'done' | 'nothing-to-do' | 'planned' | 'waiting'>;
  readonly message: string;
  /** What could not be told, as one error; null when everything was. */
  readonly error: StatusError | null;
  /** Addresses; null where nothing was told. */
  readonly deployment: string | null;
  readonly status: string | null;
  readonly issue: string | null;
}

/**
 * Tells GitHub of a promotion: its deployment, the status of the commit, and the issue while the label is red. The same
 * told twice adds nothing. What one of the three is refused does not keep the others; when GitHub does not answer at all,
 * or does not know the token, nothing more is tried. It needs `deployments: write`, `statuses: write` and
 * `issues: write`, and no `contents`.
 * @throws the signal's reason when it is aborted, and what is no StatusError; never because of what GitHub says
 */
export async function tellGithub(facts: PromotionFacts, port: GithubPort): Promise<GithubReport> {
  const told: (Told | null)[] = [];
  const errors: StatusError[] = [];
  for (const tell of [tellDeployment, tellCommitStatus, tellIssue]) {
    try {
      told.push(errors.some(isTheSameForAll) ? null : await tell(facts, port));
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      errors.push(error);
      told.push(null);
    }
  }
  const [deployment, status, issue] = told;
  const wrote = told.some((each) => each?.did === 'told');
  const good = !wrote ? 'nothing-to-do' : port.dryRun ? 'planned' : 'done';
  const outcome = errors.length > 0 ? 'waiting' : good;
  const said = told.flatMap((each) => (each === null ? [] : [wording(each, port.dryRun)]));
  return {
    outcome,
    message: [...said, ...errors.map(({ message }) => message)].join('; '),
    error: joined(errors),
    deployment: deployment?.url ?? null,
    status: status?.url ?? null,
    issue: issue?.url ?? null,
  };
}

function isTheSameForAll({ code }: StatusError): boolean {
  return code === 'github-silent' || code === 'github-token';
}

function wording({ did, text }: Told, dryRun: boolean): string {
  if (did === 'known') return `${text} already`;
  return did === 'told' && dryRun ? `would write: ${text}` : text;
}

function joined(errors: readonly StatusError[]): StatusError | null {
  const [first] = errors;
  if (first === undefined || errors.length === 1) return first ?? null;
  const nexts = [...new Set(errors.flatMap(({ next }) => next ?? []))];
  const message = errors.map((each) => each.message).join('; ');
  return new StatusError(first.code, message, nexts.length === 0 ? {} : { next: nexts.join(' ') });
}
