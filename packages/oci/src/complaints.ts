import { redactUrl } from '@tagflow/http';

/** One entry of the `errors` list that the distribution API answers with. */
export interface Complaint {
  readonly code: string;
  readonly message: string;
  /** What more there is to it in words: a text, or the words of an object. Empty where there is none. */
  readonly detail: string;
}

/** Returns what a registry complains of; empty when its answer has not the form of the distribution API. */
export function readComplaints(text: string): readonly Complaint[] {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return [];
  }
  const errors: unknown = Object(data).errors;
  if (!Array.isArray(errors)) return [];
  return errors.map((item: unknown) => {
    const { code, message, detail } = Object(item) as Record<string, unknown>;
    return { code: String(code), message: String(message), detail: wordsOf(detail) };
  });
}

/** Returns the first of them in one line, safe to show. */
export function formatComplaints(complaints: readonly Complaint[]): string {
  const said = complaints
    .slice(0, 3)
    .map(({ code, message, detail }) => `${code}: ${message}${detail === '' ? '' : ` (${detail})`}`);
  const rest = complaints.length > 3 ? `; and ${complaints.length - 3} more` : '';
  return redactUrls(said.join('; ')).slice(0, 500) + rest;
}

/** Returns a text of a server's with nothing in its URLs that gives a right. */
export function redactUrls(text: string): string {
  return text.replace(/[a-z][a-z0-9+.-]*:\/\/\S+/gi, (url) => redactUrl(url));
}

// quay has {"message": …}, Artifactory {"description": …}; other objects are data about the request.
function wordsOf(detail: unknown): string {
  if (typeof detail === 'string') return detail;
  const { message, description } = Object(detail) as Record<string, unknown>;
  const words = message ?? description;
  return typeof words === 'string' ? words : '';
}
