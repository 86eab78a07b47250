import { ConfigError } from '../error.ts';
import type { Draft } from './draft.ts';

/** What everything else of a tagflow.yaml is about. */
export interface About {
  readonly release: string;
  /** Such as `centos9`. */
  readonly distro: string;
  /** Such as `centos`. */
  readonly distroName: string;
  /** Such as 9; 7 where nothing says it. */
  readonly distroVersion: number;
}

// Such as CentOS-9/master.yaml, CentOS-9/component/master.yaml, centos9/master.yaml
const filePath = /(?:^|\/)(?<folder>[A-Za-z]+-?\d+)\/(?:component\/)?(?<name>[a-z0-9][a-z0-9.-]*?)\.(?:ya?ml|ini)$/;

/**
 * Writes release and distro, and returns them.
 * @param where the path of the file that is imported: where no file says them, it may
 * @throws ConfigError `invalid-config` where nothing says the release
 */
export function writeAbout(draft: Draft, where: string): About {
  const { folder, name } = filePath.exec(where)?.groups ?? {};
  const release = writeRelease(draft, where, name);
  const distro = writeDistro(draft, where, folder);
  const { letters = distro, digits = '7' } = /^(?<letters>[a-z]+)(?<digits>\d+)/.exec(distro)?.groups ?? {};
  return { release, distro, distroName: letters, distroVersion: Number(digits) };
}

function writeRelease(draft: Draft, where: string, name: string | undefined): string {
  const found = draft.layers.text('release');
  if (found !== null) {
    const release = found.text.toLowerCase();
    draft.put(['release'], release, found);
    return release;
  }
  const { text: url = '' } = draft.layers.text('api_url') ?? {};
  const inUrl = /\/api-[a-z]+\d*-(?<word>[a-z0-9.-]+?)(?:-uc)?\/?$/.exec(url)?.groups?.['word'];
  if (inUrl !== undefined) {
    draft.guess(['release'], inUrl, { why: 'no old file says it; the URL of the DLRN API does' });
    return inUrl;
  }
  if (name === undefined) {
    throw new ConfigError('invalid-config', `${where} and the files below it do not say which release they are about`, {
      next: 'Say it: --set release=master.',
    });
  }
  draft.guess(['release'], name, { why: `no old file says it; ${where} is called so` });
  return name;
}

function writeDistro(draft: Draft, where: string, folder: string | undefined): string {
  const { layers } = draft;
  const [name, version, whole] = ['distro_name', 'distro_version', 'distro'].map((key) => layers.text(key));
  const parts = name == null ? null : `${name.text.toLowerCase()}${version?.text ?? ''}`;
  const distro = parts ?? whole?.text.toLowerCase();
  if (distro === undefined) {
    const guessed = folder?.toLowerCase().replace('-', '').replace('redhat', 'rhel') ?? 'centos7';
    const why =
      folder === undefined ? 'no old file says it; then it was centos7' : `no old file says it; ${where} does`;
    draft.guess(['distro'], guessed, { why });
    return guessed;
  }
  const isOther = whole != null && whole.text.toLowerCase() !== distro;
  const used = [name, version, isOther ? null : whole].flatMap((each) => each?.used ?? []);
  draft.put(['distro'], distro, { text: distro, used });
  if (isOther && whole.used[0] !== undefined) {
    draft.find('changed', whole.used[0], {
      why: `distro_name and distro_version say ${distro}`,
      todo: 'Look which of them is right.',
    });
  }
  return distro;
}
