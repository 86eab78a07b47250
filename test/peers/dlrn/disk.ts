import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { DlrnState } from '@tagflow/lab';
import type { Difference } from './compare.ts';
import type { DiskChange } from './question.ts';
import type { RealDlrn } from './real-dlrn.ts';

type Tree = DlrnState['tree'];

/** What lies below the top of a repository tree: each path with what it is, links by their texts. */
export type Disk = ReadonlyMap<string, string>;

// Of a build's folder this much is compared; rpms, repodata and logs are placeholders on both sides.
const buildFolder = /(?:^|\/)[0-9a-f]{40}_[^/]*$/;
const buildFiles = ['commit.yaml', 'delorean.repo', 'versions.csv'];
// Pages for people. In their place a link is compared, a file is not.
const pages = ['report.html', 'status_report.html', 'queue.html', 'styles.css'];

const isCompared = (folder: string, name: string): boolean => !buildFolder.test(folder) || buildFiles.includes(name);

/** Returns the disk of a real server; its own folders are taken out of the texts. */
export function readRealDisk({ root, reposDirectory: top }: Pick<RealDlrn, 'root' | 'reposDirectory'>): Disk {
  const found = new Map<string, string>();
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(top, folder), { withFileTypes: true })) {
      if (!isCompared(folder, entry.name)) continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isSymbolicLink()) found.set(path, `-> ${readlinkSync(join(top, path))}`);
      else if (entry.isDirectory()) {
        found.set(path, 'folder');
        walk(path);
      } else if (!pages.includes(path)) {
        found.set(path, readFileSync(join(top, path), 'utf8').replaceAll(`${root}/`, ''));
      }
    }
  };
  walk('');
  return found;
}

/** Returns the disk of a lab's server. */
export function readLabDisk(tree: Tree): Disk {
  const found = new Map<string, string>();
  const walk = (folder: string, names: readonly string[]): void => {
    for (const name of names) {
      if (!isCompared(folder, name)) continue;
      const path = folder === '' ? name : `${folder}/${name}`;
      const target = tree.readLink(path);
      const node = target === null ? tree.find(path) : null;
      if (target !== null) found.set(path, `-> ${target}`);
      else if (node?.kind === 'folder') {
        found.set(path, 'folder');
        walk(path, node.names);
      } else if (node !== null && !pages.includes(path)) found.set(path, node.content.toString());
    }
  };
  const top = tree.find('');
  walk('', top?.kind === 'folder' ? top.names : []);
  return found;
}

/** Returns the paths where the two differ. */
export function compareDisks(real: Disk, lab: Disk): readonly Difference[] {
  const paths = [...new Set([...real.keys(), ...lab.keys()])].sort();
  return paths
    .filter((path) => real.get(path) !== lab.get(path))
    .map((path) => ({ field: `disk ${path}`, real: real.get(path) ?? '(nothing)', lab: lab.get(path) ?? '(nothing)' }));
}

/** Makes the change on a real server's disk. */
export function changeRealDisk(top: string, change: DiskChange): void {
  if ('remove' in change) {
    lstatSync(join(top, change.remove)); // so that a question cannot remove what is not there
    rmSync(join(top, change.remove), { recursive: true });
  } else if ('folder' in change) mkdirSync(join(top, change.folder), { recursive: true });
  else if ('file' in change) writeFileSync(join(top, change.file), change.content);
  else symlinkSync(change.to, join(top, change.link));
}

/** Makes the change on a lab's disk. */
export function changeLabDisk(tree: Tree, change: DiskChange): void {
  if ('remove' in change) tree.prune(change.remove);
  else if ('folder' in change) tree.makeFolder(change.folder);
  else if ('file' in change) tree.write(change.file, change.content, 0);
  else tree.link(change.link, change.to);
}
