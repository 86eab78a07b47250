import type { About } from './about.ts';
import type { Draft } from './draft.ts';
import { refused } from './layers.ts';
import { at, entriesOf } from './old-tree.ts';

/** Writes `image-stores`, and returns the name of the one where links move; null where images do not move. */
export function writeImages(draft: Draft, about: About, clients: readonly string[] | null): string | null {
  if (clients !== null && !clients.includes('qcow_client')) return null;
  const { layers } = draft;
  const servers = at(layers.node('overcloud_images'), 'qcow_servers');
  const chosen = layers.text('default_qcow_server');
  const [first] = entriesOf(servers);
  const named = chosen?.text ?? first?.[0];
  if (named === undefined) return writeUsual(draft, about);
  const server = at(servers, named);
  if (server === null) {
    if (chosen?.used[0] === undefined || servers === null) return writeUsual(draft, about);
    const known = entriesOf(servers).map(([name]) => name);
    throw refused(
      chosen.used[0],
      `"${named}" is no server of overcloud_images.qcow_servers; there are: ${known.join(', ')}`,
    );
  }
  const name = placeName(named);
  const path = ['image-stores', name, 'url'];
  const [user, host, root, client] = ['user', 'host', 'root', 'client'].map((key) => layers.render(at(server, key)));
  const folder = (root?.text ?? '').replaceAll(/^\/+|\/+$/g, '');
  const isLocal = client?.text === 'local';
  const clientNode = at(server, 'client');
  if (client != null && clientNode !== null && !/^(?:local|sftp)$/.test(client.text)) {
    throw refused(clientNode, `"${client.text}" is no client of an image server; allowed: sftp, local`);
  }
  const owner = user ?? layers.text('promoter_user');
  const url = isLocal
    ? `file:///${folder}`
    : `sftp://${owner?.text ?? 'uploader'}@${host?.text ?? 'localhost'}/${folder}`;
  const used = [isLocal ? null : owner, isLocal ? null : host, root, client, chosen].flatMap(
    (part) => part?.used ?? [],
  );
  draft.put(path, url, { text: url, used });
  if (!isLocal && owner === null) draft.look(path, 'the old files name no user, so it was whoever ran the promoter');
  if (root != null && !root.text.startsWith('/')) {
    draft.look(path, `the old promoter began in the home of the user there; write the whole path of ${root.text}`);
  }
  finishStore(draft, name, about, isLocal ? null : (host?.text ?? null));
  return name;
}

// promote-images.sh had the server in itself.
function writeUsual(draft: Draft, about: About): string {
  draft.guess(['image-stores', 'public', 'url'], 'sftp://uploader@images.rdoproject.org/images', {
    why: 'no old file names the image server; this is that of RDO',
    todo: 'write yours, or take images out of the phases',
  });
  finishStore(draft, 'public', about, 'images.rdoproject.org');
  return 'public';
}

function finishStore(draft: Draft, name: string, { release, distroName }: About, host: string | null): void {
  if (host !== null) {
    draft.guess(['image-stores', name, 'read-url'], `https://${host}`, {
      why: 'no old file says where the images are read',
      todo: 'everybody who reads them has to find them there',
    });
  }
  const isOsp = distroName === 'rhel' && /^(?:osp|rhos)/.test(release);
  const isFirst =
    draft.layers.documents.some(({ form }) => form === 'ini') && draft.layers.node('distro_name') === null;
  draft.set(['image-stores', name, 'layout'], isOsp ? 'downstream' : isFirst ? 'rdo-2017' : 'rdo');
  if (isOsp && release.startsWith('osp')) {
    const called = `rhos-${release.slice(3).replace('-', '.')}`;
    draft.guess(['image-stores', name, 'release-name'], called, { why: 'image servers call the release so' });
  }
}

function placeName(text: string): string {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '');
  return name === '' ? 'public' : name;
}

/** Returns which of the old promoter's clients ran; null where no file says it, which means all. */
export function clientsOf(draft: Draft): readonly string[] | null {
  const node = draft.layers.node('allowed_clients');
  const found = draft.layers.text('allowed_clients');
  if (node === null || found === null) return null;
  const clients = found.text.split(',').map((text) => text.trim());
  draft.carry(found.used, ['phases']);
  if (clients.includes('dlrn_client')) return clients;
  const why = 'without dlrn_client the old promoter moved no label in DLRN; tagflow always moves it, last of all';
  draft.find('changed', node, { why, todo: 'Keep dry-run on where the label must not move.' });
  return clients;
}
