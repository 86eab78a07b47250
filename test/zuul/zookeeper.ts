import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { tool } from '../../scripts/tools.ts';
import { type ServerProcess, startServerProcess } from '../peers/server-process.ts';

const run = promisify(execFile);
const java = '/usr/share/java';

/** Paths of PEM files, for both sides: Zuul's own authority has signed one certificate. */
export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** Key and certificate in one, as Java wants them. */
  readonly both: string;
}

/** Makes an authority and a certificate of `localhost`, for some days. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const path = (name: string): string => join(folder, name);
  const openssl = (...args: readonly string[]) => run(tool('openssl'), [...args], { cwd: folder });
  const subject = (name: string): readonly string[] => ['-nodes', '-newkey', 'rsa:2048', '-subj', `/CN=${name}`];
  const days = ['-days', '7'];
  await openssl('req', '-x509', ...subject('test'), '-keyout', 'ca.key', '-out', 'ca.pem', ...days);
  await openssl('req', ...subject('localhost'), '-keyout', 'node.key', '-out', 'node.csr');
  await writeFile(path('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  const signer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names'];
  await openssl('x509', '-req', '-in', 'node.csr', '-out', 'node.pem', ...signer, ...days);
  const both = (await readFile(path('node.key'), 'utf8')) + (await readFile(path('node.pem'), 'utf8'));
  await writeFile(path('both.pem'), both, { mode: 0o600 });
  return { ca: path('ca.pem'), cert: path('node.pem'), key: path('node.key'), both: path('both.pem') };
}

/** Starts ZooKeeper on loopback, with TLS alone: Zuul does not talk to it without. */
export async function startZookeeper(folder: string, certificates: Certificates): Promise<ServerProcess> {
  const data = join(folder, 'data');
  await mkdir(data, { recursive: true });
  return startServerProcess({
    program: tool('java'),
    async prepare(port) {
      const file = join(folder, 'zoo.cfg');
      const lines = [
        ...['tickTime=2000', `dataDir=${data}`, 'admin.enableServer=false', 'maxClientCnxns=200'],
        ...[`secureClientPort=${String(port)}`, 'secureClientPortAddress=127.0.0.1'],
        'serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory',
        ...[`ssl.keyStore.location=${certificates.both}`, `ssl.trustStore.location=${certificates.ca}`],
      ];
      await writeFile(file, `${lines.join('\n')}\n`);
      const options = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', classPath()];
      return [...options, 'org.apache.zookeeper.server.quorum.QuorumPeerMain', file];
    },
  });
}

// The manifest of Debian's zookeeper.jar names a part of what TLS needs: io.netty.handler.codec is missing.
function classPath(): string {
  const zookeeper = join(java, 'zookeeper.jar');
  const netty = existsSync(java)
    ? readdirSync(java).filter((name) => /^netty-[a-z0-9-]*[a-z0-9]\.jar$/.test(name))
    : [];
  if (!existsSync(zookeeper) || netty.length === 0) {
    throw new Error(`${zookeeper} and netty are not installed: run scripts/install-peers.sh`);
  }
  return [zookeeper, ...netty.map((name) => join(java, name))].join(':');
}
