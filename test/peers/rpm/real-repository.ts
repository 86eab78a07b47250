import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runForeign } from '../foreign.ts';

export interface Rpm {
  readonly name: string;
  /** What it needs, as a spec file writes it. */
  readonly requires?: string;
}

/** Builds a package without architecture by rpmbuild, and puts `<name>-1.0-1.noarch.rpm` into the folder. */
export async function buildRpm(root: string, folder: string, { name, requires }: Rpm): Promise<void> {
  const top = join(root, `rpmbuild-${name}`);
  await mkdir(top, { recursive: true });
  const spec = join(top, `${name}.spec`);
  await writeFile(
    spec,
    `Name: ${name}
Version: 1.0
Release: 1
Summary: A package of nothing
License: ASL 2.0
BuildArch: noarch
${requires === undefined ? '' : `Requires: ${requires}`}

%description
A package of nothing.

%install
mkdir -p %{buildroot}/usr/share/${name}
echo ${name} > %{buildroot}/usr/share/${name}/readme

%files
/usr/share/${name}
`,
  );
  const defines = [`_topdir ${top}`, `_dbpath ${top}/db`, `_rpmdir ${folder}`, '_build_name_fmt %%{NVRA}.rpm'];
  const flags = defines.flatMap((define) => ['--define', define]);
  // Debian's rpm knows none of the packages that are installed there.
  await runForeign('rpmbuild', ['-bb', '--quiet', '--nodeps', ...flags, spec], { cwd: top, env: { HOME: top } });
}

/** Writes the metadata of a folder of packages. `compression` is what createrepo_c calls it, such as `gz`. */
export async function createrepo(folder: string, compression = 'gz'): Promise<void> {
  const flags = ['--quiet', '--no-database', `--general-compress-type=${compression}`];
  await runForeign('createrepo_c', [...flags, folder]);
}

/**
 * Runs dnf with one repository and nothing else: no other one, no packages that are installed, a memory of its own.
 * @param root an existing folder; another one forgets what the last one has seen
 * @throws Error with what dnf wrote, when it is not content
 */
export async function dnf(root: string, url: string, command: string, ...args: readonly string[]): Promise<string> {
  const conf = join(root, 'dnf.conf');
  const nowhere = join(root, 'nothing');
  await writeFile(conf, `[main]\ngpgcheck=0\nreposdir=${nowhere}\npluginconfpath=${nowhere}\ncachedir=${root}/cache\n`);
  const only = ['--releasever=9', '--repofrompath', `tested,${url}`, '--repo', 'tested'];
  const flags = ['-c', conf, '--installroot', join(root, 'installed'), ...only];
  return runForeign('dnf', [...flags, command, ...args], { cwd: root, env: { HOME: root, LC_ALL: 'C' } });
}
