import * as z from 'zod';
import { layoutNames, layoutPresets } from './image-layouts.ts';
import { complaintAboutLedger } from './ledger-url.ts';
import { pathTemplate, placeholderWord, placeName, readLabel, url, visibility } from './values.ts';

const release = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]*$/, 'a release is lower-case letters, digits, ".", "_" and "-", such as master');

export const releaseSchema = release.describe('The release that this file is about, such as master, pike or osp16-2.');

export const distroSchema = z
  .string()
  .regex(/^[a-z][a-z0-9._-]*$/, 'a distro is lower-case letters and digits, such as centos9')
  .describe('The distribution and its version in one word, such as centos7 or rhel8.');

export const dlrnSchema = z
  .strictObject({
    'api-url': url(['https', 'http']).describe(
      'The base URL of the DLRN API, such as https://trunk.rdoproject.org/api-centos9-master-uc. Votes and promotions go there.',
    ),
    'repos-url': url(['https', 'http']).describe(
      'The base URL of the repositories, such as https://trunk.rdoproject.org/centos9-master. Labels are directories below it.',
    ),
    mode: z
      .enum(['classic', 'component'])
      .default('classic')
      .describe('classic: a label names one build. component: a label names an aggregate of components.'),
    username: z
      .string()
      .min(1, 'a user name is not empty')
      .optional()
      .describe('Who reports votes and promotes. The password is an input of the actions, never written here.'),
    'auth-method': z
      .enum(['basic', 'kerberos'])
      .default('basic')
      .describe(
        'How DLRN lets its users in. basic: user name and password. kerberos: a ticket, or the keytab of an action.',
      ),
    'server-principal': z
      .string()
      .regex(
        /^[A-Za-z][A-Za-z0-9_-]*\/[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?:@[A-Za-z0-9][A-Za-z0-9._-]*)?$/,
        "a server's principal is HTTP/ and its host name, then @ and its realm where that is needed",
      )
      .optional()
      .describe(
        'For kerberos: what Kerberos calls the server of the API, such as HTTP/dlrn.example.org@EXAMPLE.ORG. Default: HTTP/ and the host of api-url, which has to be no alias then.',
      ),
    'protected-reads': z
      .boolean()
      .default(false)
      .describe('This DLRN answers questions to its users only: they are asked with the login as well.'),
    'plain-http': z
      .boolean()
      .default(false)
      .describe('Allows an http:// api-url on another machine. What is sent to log in can be read on the way there.'),
  })
  .describe('The DLRN whose labels are moved.');

export const registriesSchema = z
  .record(
    placeName,
    z.strictObject({
      url: url(['https', 'http']).describe(
        'The registry and the namespace in it, such as https://quay.io/tripleomaster.',
      ),
      names: z
        .string()
        .regex(
          /^(?!.*\{name\}.*\{name\})(?:[a-z0-9][a-z0-9._-]*)?\{name\}[a-z0-9._-]*$/,
          'names holds {name} once, in a repository name, such as openstack-{name}',
        )
        .default('{name}')
        .describe('How a container is called there: {name} stands for its bare name, such as heat-api.'),
      visibility: visibility.default('public').describe('internal: what only insiders can pull from.'),
      'plain-http': z
        .boolean()
        .default(false)
        .describe('Allows an http:// URL for a registry that is not on this machine.'),
      ca: z
        .string()
        .min(1, 'a path is not empty')
        .optional()
        .describe(
          'A PEM file with the certificate authority of the registry, trusted besides the usual ones. A relative path is below the folder of this file.',
        ),
      'create-repositories': z
        .boolean()
        .default(false)
        .describe("Makes public repositories that are missing through the registry's API, as quay.io has one."),
    }),
  )
  .default({})
  .describe('Namespaces of container registries, by the name that phases use.');

const storePlaceholders = ['release', 'distro', 'build_sys', 'pin'];
const link = pathTemplate([...storePlaceholders, 'label'], 'label');

export const imageStoresSchema = z
  .record(
    placeName,
    z.strictObject({
      url: url(['sftp', 'https', 'http', 'file'], ['file']).describe(
        'The root of the store. sftp:// and file: can be written to, http(s):// can only be read.',
      ),
      'read-url': url(['https', 'http', 'file'], ['file'])
        .optional()
        .describe('Where readers find what is written to url, when that is another address.'),
      layout: z
        .enum(layoutNames)
        .default('plain')
        .describe(
          `Where the hashes and labels are below the root, by name; path and link replace its parts. ${layoutNames
            .map((name) => `${name}: ${layoutPresets[name].description}, ${layoutPresets[name].path}`)
            .join('. ')}.`,
        ),
      path: pathTemplate([...storePlaceholders, 'hash'], 'hash')
        .optional()
        .describe(
          'The directory of a hash below the root, over {release}, {distro}, {build_sys}, {pin} and {hash}, its last part. Default: that of layout.',
        ),
      link: z
        .union([link, z.array(link).min(1, 'name at least one link')])
        .optional()
        .describe(
          'The link of a label below the root, over {release}, {distro}, {build_sys}, {pin} and {label}; or a list of links. Default: that of layout, and beside the directories where path is given.',
        ),
      'release-name': placeholderWord
        .optional()
        .describe(
          'What the store calls the release, such as rhos-16.2 for osp16-2. Default: the release of this file.',
        ),
      'build-sys': placeholderWord
        .optional()
        .describe('What {build_sys} stands for in the layout. Default: rdo_trunk.'),
      'host-key': z
        .string()
        .regex(
          /^SHA256:[A-Za-z0-9+/]{43}$/,
          'a fingerprint is SHA256: and 43 characters, as ssh-keygen -l prints it; MD5 ones prove nothing',
        )
        .optional()
        .describe(
          'The fingerprint of the key of an sftp:// server, such as SHA256:…, for where no known_hosts file says it.',
        ),
      pin: readLabel.optional().describe('What {pin} stands for in the layout: a label, such as current-tripleo-rdo.'),
      visibility: visibility
        .default('public')
        .describe('internal: what only insiders can read. What is built on RHEL goes to no other store.'),
    }),
  )
  .default({})
  .describe('Stores of disk images, by the name that phases use.');

export const ledgerSchema = z
  .strictObject({
    url: z
      .string()
      .superRefine((text, context) => {
        const message = complaintAboutLedger(text);
        if (message !== null) context.addIssue({ code: 'custom', message });
      })
      .optional()
      .describe(
        'sqlite:PATH, for promoters of one machine; a relative path is below the folder of this file. Or postgres://USER@HOST/DATABASE, for promoters of many; the password comes from the environment (PGPASSWORD, PGPASSFILE). Default: sqlite:.tagflow/ledger.db, which a machine that is thrown away takes with it.',
      ),
    lock: z
      .enum(['lease', 'ci'])
      .default('lease')
      .describe(
        'Who keeps two promotions apart. lease: a lease in the ledger, which all promoters must share. ci: the CI system (a concurrency group of GitHub, a semaphore of Zuul).',
      ),
  })
  .prefault({})
  .describe('Where promotions are remembered. It is memory only: the truth is what the labels say.');

export const ownersSchema = z
  .record(z.string().min(1, 'a pattern is not empty'), z.string().min(1, 'an owner is not empty'))
  .default({})
  .describe(
    'Who acts on a job that fails: a pattern of job names (* stands for anything) and a name. The first match counts.',
  );
