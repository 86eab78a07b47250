import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { root } from '../workspaces.ts';
import { changelogSection, withSection } from './changelog.ts';
import type { ReleasePlan } from './plan.ts';
import { formatRecord } from './record.ts';

/**
 * Returns what a release writes: path → text, or null for a changeset that it uses up.
 * @param date of the release, such as 2026-01-31
 */
export async function releaseFiles(plan: ReleasePlan, date: string): Promise<ReadonlyMap<string, string | null>> {
  const files = new Map<string, string | null>();
  const lock = JSON.parse(read('package-lock.json')) as { readonly packages: Record<string, { version?: string }> };
  for (const { unit, version, notes, record } of plan.releases) {
    const { name, folder } = unit;
    const manifest = JSON.parse(read(`${folder}/package.json`)) as Record<string, unknown>;
    files.set(`${folder}/package.json`, json({ ...manifest, version }));
    const locked = lock.packages[folder];
    if (locked !== undefined) locked.version = version;
    const changelog = existsSync(join(root, folder, 'CHANGELOG.md')) ? read(`${folder}/CHANGELOG.md`) : '';
    files.set(`${folder}/CHANGELOG.md`, withSection(name, changelog, changelogSection(version, date, notes)));
    const path = `${folder}/release.json`;
    const options = { ...(await resolveConfig(join(root, path))), filepath: path };
    files.set(path, await format(formatRecord(record), options));
  }
  files.set('package-lock.json', json(lock));
  for (const id of plan.used) files.set(`.changeset/${id}.md`, null);
  return files;
}

// As npm writes it.
function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}
