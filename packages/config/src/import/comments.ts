/** A line that is a comment and nothing else. */
export interface Comment {
  /** From 1. */
  readonly line: number;
  /** Without its sign. */
  readonly text: string;
}

/** Returns the lines of an INI or YAML file that are comments. */
export function commentsOf(text: string): readonly Comment[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const found = /^\s*[#;]+\s?(?<text>.*)$/.exec(line)?.groups?.['text'];
    return found === undefined ? [] : [{ line: index + 1, text: found.trim() }];
  });
}

/** A job that somebody took out of the criteria by a comment. */
export interface CommentedJob extends Comment {
  readonly job: string;
  /** What the comments above it say, as one text; empty where they say nothing. */
  readonly reason: string;
  /** A URL or a ticket in what they say. */
  readonly bug: string | null;
}

const jobLine =
  /^(?:-\s*)?(?<job>(?:periodic|weirdo|tripleo|oooq|rdo|staging|job)[A-Za-z0-9._]*(?:-[A-Za-z0-9._]+)+)(?<rest>\s+[#(-].*)?$/;
const ticket = /https?:\/\/\S+|\b(?:rhbz|LP)#\d+|\b[A-Z][A-Z0-9_]+-\d+\b/;

/**
 * Returns the jobs that comments hold, and the comments that are about none. What stands right above jobs is their
 * reason: of all that follow without a line that is no comment.
 */
export function sortComments(comments: readonly Comment[]): {
  readonly jobs: readonly CommentedJob[];
  readonly notes: readonly Comment[];
} {
  const jobs: CommentedJob[] = [];
  const notes: Comment[] = [];
  let above: Comment[] = [];
  let isUsed = false;
  let previous = -1;
  for (const comment of comments) {
    const { job, rest } = jobLine.exec(comment.text)?.groups ?? {};
    const isNew = comment.line !== previous + 1 || (job === undefined && isUsed);
    if (isNew) {
      if (!isUsed) notes.push(...above);
      [above, isUsed] = [[], false];
    }
    previous = comment.line;
    if (job === undefined) {
      if (/\w/.test(comment.text)) above.push(comment);
      continue;
    }
    isUsed = true;
    const reason = [...above.map(({ text }) => text), (rest ?? '').trim().replace(/^[#(-]+\s*/, '')].join(' ').trim();
    jobs.push({ ...comment, job, reason, bug: ticket.exec(reason)?.[0].replace(/[).,;]+$/, '') ?? null });
  }
  if (!isUsed) notes.push(...above);
  return { jobs, notes };
}
