import { type Digest, parseDigest, ParseError } from '@tagflow/model';
import { OciError } from '../error.ts';
import { type Manifest, mediaTypes, parseManifest, sha256 } from '../manifest.ts';
import { type ArchiveFiles, badArchive, readSmall } from './archive-files.ts';
import type { ArchiveImage, ArchiveImages } from './archive-images.ts';
import { type ImageName, parseImageName } from './image-name.ts';
import { type Fields, fieldsOf, listOf, parseJson, readJson } from './json.ts';

/** Bytes. Ten thousand images have 4 MB. */
const largestIndex = 16 * 1024 * 1024;
/** Bytes, as in distribution. */
const largestManifest = 4 * 1024 * 1024;

/** One line of `index.json`. */
interface Listed {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** Null where the tool that wrote it left it out. */
  readonly mediaType: string | null;
  readonly names: readonly ImageName[];
}

/**
 * Returns what an OCI image layout holds (https://github.com/opencontainers/image-spec/blob/main/image-layout.md), by
 * the names that buildah, skopeo, podman, docker and containerd write into `index.json`. Only that file is read here.
 * @throws OciError `bad-archive`
 */
export async function openOciLayout(files: ArchiveFiles): Promise<ArchiveImages> {
  const { title } = files;
  const marker = await readJson(files, 'oci-layout', 64 * 1024);
  const version = marker === null ? null : fieldsOf(marker, `${title}: oci-layout`)['imageLayoutVersion'];
  if (typeof version !== 'string' || !version.startsWith('1.')) {
    const isDocker = (await files.find('manifest.json')) !== null;
    const why = version === null ? 'it has no file oci-layout' : `imageLayoutVersion is ${JSON.stringify(version)}`;
    throw badArchive(`${title} is no OCI image layout: ${why}${isDocker ? '; try docker-archive:' : ''}`);
  }
  const index = await readJson(files, 'index.json', largestIndex);
  if (index === null) throw badArchive(`${title} is no OCI image layout: it has no index.json`);
  const where = `${title}: index.json`;
  const listed = listOf(fieldsOf(index, where)['manifests'], `${where}: manifests`).map((one) =>
    readListed(one, where),
  );

  const read = async (digest: Digest): Promise<Manifest | null> => {
    const file = await files.find(blobPath(digest));
    if (file === null) return null;
    const what = `${title}: manifest ${digest}`;
    const claim = listed.find((one) => one.digest === digest);
    const bytes = await readSmall(file, largestManifest, what);
    const found = sha256(bytes);
    if (found !== digest) {
      throw new OciError('digest-mismatch', `${what}: the bytes of that file have the digest ${found}`);
    }
    if (claim !== undefined && claim.size !== bytes.length) {
      throw badArchive(`${what} has ${bytes.length} bytes, index.json says ${claim.size}`);
    }
    const manifest = parseManifest(bytes, mediaTypeOf(bytes, claim?.mediaType ?? null, what), what);
    await refuseSparse(files, manifest);
    return manifest;
  };
  const imageOf = ({ digest, names }: Listed): ArchiveImage => ({
    names,
    identity: digest,
    async load() {
      const manifest = await read(digest);
      if (manifest !== null) return manifest;
      throw badArchive(`${title} lacks the manifest ${digest} that index.json names`);
    },
  });
  return {
    title,
    images: listed.map(imageOf),
    manifest: (digest) => read(digest),
    blob: (digest) => files.find(blobPath(digest)),
  };
}

function blobPath(digest: Digest): string {
  return `blobs/${digest.replace(':', '/')}`;
}

/** An index may be copied without some of its children; then a registry refuses it when everything else has arrived. */
async function refuseSparse(files: ArchiveFiles, { digest, children }: Manifest): Promise<void> {
  const absent: Digest[] = [];
  for (const child of children) {
    if ((await files.find(blobPath(child.digest))) === null) absent.push(child.digest);
  }
  if (absent.length === 0) return;
  throw new OciError(
    'bad-archive',
    `${files.title} is sparse: the index ${digest} lists ${children.length} manifests, and ${absent.join(', ')} ` +
      `${absent.length === 1 ? 'is' : 'are'} not there`,
    { next: 'Write it with all platforms, as skopeo copy --all does, or with one image instead of an index.' },
  );
}

/** A manifest says its own type, OCI's may leave it out; a registry refuses one that says another than its sender. */
function mediaTypeOf(bytes: Uint8Array, claimed: string | null, what: string): string {
  const fields = fieldsOf(parseJson(bytes, what), what);
  const own = fields['mediaType'];
  if (typeof own === 'string' && claimed !== null && own !== claimed) {
    throw badArchive(`${what} says that it is ${own}, index.json that it is ${claimed}`);
  }
  if (typeof own === 'string') return own;
  return claimed ?? (Array.isArray(fields['manifests']) ? mediaTypes.ociIndex : mediaTypes.ociManifest);
}

function readListed(item: unknown, where: string): Listed {
  const { mediaType, digest, size, annotations } = fieldsOf(item, where);
  if (typeof size !== 'number' || !Number.isSafeInteger(size))
    throw badArchive(`${where} has a manifest without a size`);
  try {
    return {
      digest: parseDigest(`${digest}`),
      size,
      mediaType: typeof mediaType === 'string' && mediaType !== '' ? mediaType : null,
      names: namesOf(annotations === undefined || annotations === null ? {} : fieldsOf(annotations, where)),
    };
  } catch (cause) {
    if (cause instanceof ParseError) throw badArchive(`${where} has a manifest without a sha256 digest`, cause);
    throw cause;
  }
}

/** Docker and containerd write the full name into one annotation and the tag alone into the other. */
function namesOf(annotations: Fields): readonly ImageName[] {
  return ['io.containerd.image.name', 'org.opencontainers.image.ref.name'].flatMap((key) => {
    const value = annotations[key];
    return typeof value === 'string' && value !== '' ? [parseImageName(value)] : [];
  });
}
