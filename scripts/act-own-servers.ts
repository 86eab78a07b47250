import { readFile } from 'node:fs/promises';
import { isLoopback } from '@tagflow/model';
import { parse } from 'yaml';

/**
 * Returns one sentence for each server of a tagflow.yaml that is not on this machine: a trial with act must not move
 * labels that others read.
 */
export function foreignServers(text: string): readonly string[] {
  const found = new Set<string>();
  const look = (value: unknown, path: string): void => {
    if (typeof value === 'object' && value !== null) {
      // The only server that tagflow.yaml need not name.
      if ('kind' in value && value.kind === 'github' && !('url' in value)) {
        found.add(`${path}: api.github.com is not on this machine`);
      }
      for (const [key, below] of Object.entries(value)) look(below, path === '' ? key : `${path}.${key}`);
    } else if (typeof value === 'string') {
      for (const [url] of value.matchAll(/\b(?:https?|sftp|ssh|postgres(?:ql)?):\/\/[^\s"'<>]+/gi)) {
        const { hostname } = URL.canParse(url) ? new URL(url) : { hostname: url };
        if (!isLoopback(hostname)) found.add(`${path}: ${hostname} is not on this machine`);
      }
    }
  };
  look(parse(text), '');
  return [...found];
}

/** The secrets of the workflows, and the variables besides their own names in which a lab has them. */
const secretNames = {
  DLRN_PASSWORD: [],
  REGISTRY_AUTH: [],
  QUAY_TOKEN: [],
  SSH_KEY: ['TAGFLOW_SSH_KEY'],
  RUNNER_TOKEN: [],
  NODES_AUTH: [],
  HAND_OFF_AUTH: [],
} as const;

/**
 * Returns the secrets that are in the environment: as NAME, or in the file that NAME_FILE names.
 * @throws Error of the file system when such a file cannot be read
 */
export async function secretsFrom(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Readonly<Record<string, string>>> {
  const secrets: Record<string, string> = {};
  for (const [name, others] of Object.entries(secretNames)) {
    const value = [name, ...others].map((each) => env[each]).find((text) => text !== undefined && text !== '');
    const file = [name, ...others].map((each) => env[`${each}_FILE`]).find((text) => text !== undefined && text !== '');
    if (value !== undefined) secrets[name] = value;
    else if (file !== undefined) secrets[name] = await readFile(file, 'utf8');
  }
  return secrets;
}
