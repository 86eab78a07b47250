import type { Question } from '../question.ts';
import { asJson } from './parts.ts';

/** Is somebody there? */
export const health: readonly Question[] = [
  { name: 'both begin with the same files', ask: 'LOOK' },
  { name: 'health', ask: 'GET /api/health' },
  { name: 'health with a query', ask: 'GET /api/health?success=maybe&limit=x' },
  { name: 'health as JSON without a body', ask: 'GET /api/health', ...asJson },
  {
    name: 'health with a broken body',
    ask: 'GET /api/health',
    text: '{',
    ...asJson,
  },
  { name: 'HEAD of health', ask: 'HEAD /api/health' },
  { name: 'OPTIONS of health', ask: 'OPTIONS /api/health' },
  { name: 'health with credentials', ask: 'POST /api/health', json: {} },
  { name: 'health with credentials and no type', ask: 'POST /api/health', headers: { 'content-type': null } },
  {
    name: 'health with credentials and a text',
    ask: 'POST /api/health',
    text: 'x',
    headers: { 'content-type': 'text/plain' },
  },
  { name: 'health with credentials and a broken body', ask: 'POST /api/health', text: '{' },
];
