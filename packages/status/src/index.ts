export { StatusError, type StatusErrorCode } from './error.ts';
export { statusErrorWords } from './error-words.ts';
export { type LabelHistory, readRedness, type Redness, type RednessQuestion } from './redness.ts';
export type { PromotionFacts } from './github/facts.ts';
export { type GithubPort, type GithubPortOptions, openGithub } from './github/port.ts';
export { type GithubReport, tellGithub } from './github/tell.ts';
