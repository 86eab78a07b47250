import type { Outcome } from '@tagflow/model';
import { nameOfLabel, type PromotionFacts, type Told } from './facts.ts';
import { type GithubPort, textMember } from './port.ts';
import { oneLine } from './text.ts';

/**
 * What an outcome is to a commit. Nobody has said no to what is waited for, was only planned, or was not come to; what is
 * half-done or was asked wrongly is no verdict on anything.
 */
const states: Readonly<Record<Outcome | 'none', 'success' | 'failure' | 'pending' | 'error'>> = {
  done: 'success',
  'nothing-to-do': 'success',
  planned: 'pending',
  waiting: 'pending',
  none: 'pending',
  failed: 'failure',
  blocked: 'failure',
  'half-done': 'error',
  invalid: 'error',
};

/**
 * Gives the commit of the workflow a status of the name `tagflow/RELEASE/LABEL` (in the component line
 * `tagflow/RELEASE/COMPONENT/LABEL`) that says how the promotion ended. Of one state and description there is one: GitHub
 * keeps a thousand of a name (docs.github.com/rest/commits/statuses), and a phase that runs every hour on the same commit
 * would fill them; so the link is to the run that said it first. Needs `statuses: write`.
 */
export async function tellCommitStatus(facts: PromotionFacts, port: GithubPort): Promise<Told> {
  const { commit, outcome, fullHash, reason, logPage } = facts;
  if (commit === null) return { did: 'nothing', text: 'no commit status: nobody said which commit', url: null };
  const context = `tagflow/${nameOfLabel(facts)}`;
  const state = states[outcome ?? 'none'];
  const ended = outcome ?? 'it did not come to the promotion';
  const description = oneLine(`${ended}: ${fullHash ?? 'no hash'}${reason === '' ? '' : `: ${reason}`}`);
  for await (const status of port.list('GET /commits/{sha}/status', { sha: commit }, 'statuses')) {
    if (textMember(status, 'context') !== context) continue;
    const isSame = textMember(status, 'state') === state && textMember(status, 'description') === description;
    if (isSame) return { did: 'known', text: `commit status ${context} is ${state}`, url: urlOf(status) };
    break;
  }
  const target = logPage === null ? {} : { target_url: logPage };
  const made = await port.write('POST /statuses/{sha}', { sha: commit, state, context, description, ...target });
  return { did: 'told', text: `commit status ${context}: ${state}`, url: urlOf(made) };
}

function urlOf(status: unknown): string | null {
  return textMember(status, 'url') || null;
}
