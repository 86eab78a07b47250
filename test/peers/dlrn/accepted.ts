import type { Accepted } from './judge.ts';

/** Where the lab's DLRN differs from the real one and is meant to. Keep it short. */
export const accepted: readonly Accepted[] = [
  {
    question: 'label with half a face',
    field: 'body',
    why: 'the message counts the letters of the path on the server, and the two lie at different places',
  },
  {
    question: 'promote with a body in UTF-16',
    field: 'content-type',
    why: 'bodies are read as UTF-8 before the lab looks at them; no client sends anything else',
  },
  { question: 'promote with a body in UTF-16', field: 'body', why: 'the same' },
  { question: 'promote with bytes that are not UTF-8', field: 'content-type', why: 'the same' },
  { question: 'promote with bytes that are not UTF-8', field: 'body', why: 'the same' },
  ...(['status', 'content-type', 'body'] as const).map((field) => ({
    question: 'a path with an escaped letter',
    field,
    why: 'the lab takes the path as it was sent; no client escapes a plain letter',
  })),
  ...(['status', 'location', 'body'] as const).map((field) => ({
    question: 'a path with two slashes',
    field,
    why: 'the web framework redirects to the path with one; the lab has no such path',
  })),
];
