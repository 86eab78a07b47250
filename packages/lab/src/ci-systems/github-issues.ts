import type { Answer } from '../http-server.ts';
import { json, pageOf, said, unprocessable } from './github-answers.ts';
import type { BoardCall, LabGithubBoard } from './github-board.ts';

export interface LabGithubIssue {
  readonly number: number;
  title: string;
  body: string;
  state: 'open' | 'closed';
  state_reason: string | null;
  labels: string[];
  readonly comments: string[];
  readonly isPull: boolean;
  readonly created_at: string;
  updated_at: string;
  closed_at: string | null;
}

interface IssueWorld {
  readonly time: () => string;
  readonly now: () => number;
  readonly page: () => string;
  readonly nextId: () => number;
}

const longestBody = 65_536;

/** Returns what answers calls about issues, their comments and the labels of the repository. */
export function createIssues(board: LabGithubBoard, world: IssueWorld): (call: BoardCall) => Answer {
  const { time, page } = world;
  const shown = ({ comments, isPull, labels, ...issue }: LabGithubIssue): unknown => ({
    ...issue,
    labels: labels.map((name) => ({ name })),
    comments: comments.length,
    html_url: `${page()}/issues/${issue.number}`,
    ...(isPull ? { pull_request: {} } : {}),
  });
  const tag = (issue: LabGithubIssue, names: readonly unknown[]): void => {
    if (board.dropsLabels) return;
    for (const name of names) board.labels.add(String(name));
    issue.labels = [...new Set([...issue.labels, ...names.map(String)])];
  };
  const open = ({ body }: BoardCall): Answer => {
    const { title, body: text = '', labels = [] } = JSON.parse(body) as Partial<LabGithubIssue>;
    if (typeof title !== 'string' || title === '') return unprocessable(['Issue', 'title', 'title cannot be blank']);
    if (text.length > longestBody) return unprocessable(['Issue', 'body', 'body is too long']);
    const issue: LabGithubIssue = {
      ...{ number: board.issues.length + 1, title, body: text, state: 'open', state_reason: null },
      ...{ labels: [], comments: [], isPull: false, created_at: time(), updated_at: time(), closed_at: null },
    };
    tag(issue, labels);
    board.issues.push(issue);
    return json(shown(issue), 201);
  };
  const list = ({ url }: BoardCall): Answer => {
    const query = url.searchParams;
    const [state, since] = [query.get('state') ?? 'open', query.get('since') ?? ''];
    const labels = (query.get('labels') ?? '').split(',').filter((name) => name !== '');
    const fits = (issue: LabGithubIssue): boolean =>
      (state === 'all' || issue.state === state) &&
      (since === '' || Date.parse(issue.updated_at) >= Date.parse(since)) &&
      labels.every((name) => issue.labels.includes(name));
    const found = board.issues.filter(fits);
    return pageOf((query.get('direction') === 'asc' ? found : found.toReversed()).map(shown), url);
  };
  const change = (issue: LabGithubIssue, body: string): Answer => {
    const wish = JSON.parse(body) as Partial<LabGithubIssue>;
    if ((wish.body ?? '').length > longestBody) return unprocessable(['Issue', 'body', 'body is too long']);
    if (wish.title !== undefined) issue.title = wish.title;
    if (wish.body !== undefined) issue.body = wish.body;
    if (wish.state !== undefined && wish.state !== issue.state) {
      issue.state = wish.state;
      issue.closed_at = wish.state === 'closed' ? time() : null;
      issue.state_reason = wish.state_reason ?? (wish.state === 'closed' ? 'completed' : 'reopened');
    }
    issue.updated_at = time();
    return json(shown(issue));
  };
  const answerLabels = ({ method, path, body }: BoardCall): Answer => {
    if (path === '/labels' && method === 'POST') {
      const { name } = JSON.parse(body) as { name: string };
      if (board.labels.has(name)) return unprocessable(['Label', 'name', 'already_exists']);
      board.labels.add(name);
      return json({ name }, 201);
    }
    const name = decodeURIComponent(path.slice('/labels/'.length));
    return board.labels.has(name) ? json({ name }) : said(404, 'Not Found');
  };

  return (call) => {
    const { method, path, body } = call;
    if (path.startsWith('/labels')) return answerLabels(call);
    if (!board.hasIssues) return said(410, 'Issues has been disabled in this repository.');
    if (path === '/issues') return method === 'POST' ? open(call) : list(call);
    const [, number = '', what = ''] = /^\/issues\/(\d+)(\/\w+)?$/.exec(path) ?? [];
    const issue = board.issues.find((each) => each.number === Number(number));
    if (issue === undefined) return said(404, 'Not Found');
    if (what === '' && method === 'PATCH') return change(issue, body);
    if (what === '' && method === 'GET') return json(shown(issue));
    if (method !== 'POST') return said(404, 'Not Found');
    if (what === '/labels') {
      tag(issue, (JSON.parse(body) as { labels: readonly string[] }).labels);
      return json(issue.labels.map((name) => ({ name })));
    }
    if (what !== '/comments') return said(404, 'Not Found');
    issue.comments.push((JSON.parse(body) as { body: string }).body);
    issue.updated_at = time();
    return json({ id: world.nextId(), html_url: `${page()}/issues/${number}#issuecomment` }, 201);
  };
}
