import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createReportFolder } from '../ci-system/report-files.ts';
import { type CiRequests, refusedStatus } from '../ci-system/requests.ts';
import { RunnerError } from '../error.ts';
import { readZip } from './zip.ts';

const mostBytes = 256 * 1024 * 1024;

/**
 * Downloads an archive, and unpacks its files into the folder.
 * @throws RunnerError `reports-refused` when it is no archive, or one that should not be unpacked
 */
export async function unpackArtifact(
  requests: CiRequests,
  { url, name, folder }: { readonly url: string; readonly name: string; readonly folder: string },
  signal: AbortSignal,
): Promise<void> {
  const place = await mkdtemp(join(tmpdir(), 'tagflow-artifact-'));
  try {
    const file = await open(join(place, 'artifact.zip'), 'w+');
    try {
      let size = 0;
      const take = async (piece: Uint8Array): Promise<void> => {
        if (size + piece.byteLength > mostBytes) {
          throw new RunnerError('reports-refused', `report files of ${name}: longer than ${mostBytes} bytes`);
        }
        await file.write(piece, 0, piece.byteLength, size);
        size += piece.byteLength;
      };
      const { status } = await requests.receive({ url }, take, signal);
      if (status === 404 || status === 410) return;
      if (status !== 200) throw refusedStatus(name, `GET ${url}`, status, '');
      const reports = createReportFolder(folder, name);
      for (const entry of await readZip(file)) await reports.write(entry.path, entry.pour);
    } finally {
      await file.close();
    }
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}
