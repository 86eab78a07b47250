import type { Question } from '../question.ts';

// Parts that many questions have, to be spread into them.

export const component = { modes: ['component'] } as const satisfies Partial<Question>;
export const classic = { modes: ['classic'] } as const satisfies Partial<Question>;

/** The content type of JSON, whatever the body is. */
export const asJson = { headers: { 'content-type': 'application/json' } } as const satisfies Partial<Question>;
