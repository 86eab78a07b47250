import type { RunnerConfig } from './runner-types.ts';
import type { RawConfig } from './schema.ts';
import { durationMs } from './values.ts';

/** Returns a runner that was checked. */
export function buildRunner(name: string, raw: RawConfig['runners'][string]): RunnerConfig {
  if (raw.kind === 'command') {
    const nodes =
      raw.nodes === undefined
        ? null
        : {
            get: raw.nodes.get,
            release: raw.nodes.release,
            count: raw.nodes.count,
            attempts: raw.nodes.attempts,
            delayMs: durationMs(raw.nodes.delay),
          };
    return { kind: raw.kind, name, graceMs: durationMs(raw.grace), nodes };
  }
  const { poll, 'plain-http': plainHttp, ...rest } = raw;
  const common = { name, pollMs: durationMs(poll), plainHttp };
  if (rest.kind === 'github') {
    const { 'key-input': keyInput, reports, ...facts } = rest;
    return { ...facts, ...common, keyInput, reports: reports ?? null };
  }
  if (rest.kind === 'zuul') {
    const { 'key-parameter': keyParameter = null, ...facts } = rest;
    return { ...facts, ...common, keyParameter };
  }
  const { 'key-parameter': keyParameter, username = null, ...facts } = rest;
  return { ...facts, ...common, keyParameter, username };
}
