import type { ReasonPattern } from './pattern.ts';
import { infra } from './pattern-row.ts';

// What the job's own output is called by us, Zuul, Jenkins and quickstart. The logs of services under test hold failures
// that tempest provokes on purpose.
const consoles = '{job.log,job-*.log,job-output.txt,console.txt,consoleText*,quickstart_install.log,ara-report*.txt}';

/** What fails around a job of TripleO or RDO: its nodes, its network, and the servers that it downloads from. */
export const infraPatterns: readonly ReasonPattern[] = [
  // Names and connections
  infra(
    'dns',
    3,
    /Could not resolve host|Couldn't resolve host|Temporary failure in name resolution|getaddrinfo (EAI_AGAIN|ENOTFOUND)/,
    'A host name could not be resolved.',
  ),
  infra(
    'dns-unknown-name',
    2,
    /Name or service not known|server can't find \S+: (SERVFAIL|NXDOMAIN)/,
    'A host name is not known to the name server.',
  ),
  infra('network-unreachable', 2, /Network is unreachable|ENETUNREACH/, 'There is no network, or no way into it.'),
  infra('no-route', 1, /No route to host|EHOSTUNREACH/, 'A host does not answer.'),
  infra(
    'connection-timed-out',
    1,
    /Connection timed out|ETIMEDOUT|ConnectTimeoutError/,
    'A connection was not accepted in time.',
  ),
  infra('connection-reset', 1, /Connection reset by peer|ECONNRESET/, 'A connection was cut.'),
  infra(
    'tls-handshake',
    2,
    /TLS handshake timeout|SSL_ERROR_SYSCALL|gnutls_handshake\(\) failed/,
    'A TLS connection could not be set up.',
  ),
  infra(
    'certificate-expired',
    3,
    /certificate has expired|CERT_HAS_EXPIRED|certificate is not yet valid/,
    "A server's certificate has expired, or a clock is wrong.",
  ),

  // Packages
  infra(
    'yum-no-mirrors',
    3,
    /No more mirrors to try|All mirrors were (already )?tried/,
    'No mirror had a package or the metadata of a repository.',
  ),
  infra(
    'repository-metadata',
    2,
    /Failed to download metadata for repo|Cannot (retrieve|prepare|download) (metalink|mirrorlist|internal mirrorlist|repomd\.xml)|Cannot find a valid baseurl for repo/,
    'The metadata of a package repository could not be downloaded.',
  ),
  infra('dnf-download', 2, /Curl error \((6|7|18|28|35|52|56|92)\):/, 'A download by dnf was broken off or timed out.'),
  infra(
    'mirror-server-error',
    2,
    /HTTP Error 50[0234]\b|Status code: 50[0234] for|50[0234] Server Error: |The requested URL returned error: 50[0234]/,
    'A mirror or web server answered with a server error.',
  ),
  infra(
    'repository-out-of-sync',
    2,
    /Package does not match intended download|[Mm]etadata file does not match checksum|Downloading successful, but checksum doesn't match|repomd\.xml does not match metalink/,
    'A mirror served a file that is not the one its metadata names.',
  ),
  infra(
    'package-lock',
    1,
    /holding the yum lock|Waiting for process with pid \d+ to finish/,
    'Another process held the lock of the package manager.',
  ),
  infra(
    'rdo-trunk-down',
    3,
    /(trunk|images)\.rdoproject\.org\S*[ :].{0,200}(timed out|refused|unreachable|50[0234]\b)/,
    "RDO's package or image server did not answer.",
  ),
  infra(
    'pip-index',
    2,
    /(HTTPSConnectionPool\(host='(pypi|files\.pythonhosted)\S+|Could not fetch URL https:\/\/pypi\S+).*(timed out|Max retries|connection)/,
    'The Python package index did not answer.',
  ),

  // Registries
  infra('registry-pull-limit', 3, /toomanyrequests|[Pp]ull rate limit/, 'The registry refuses more pulls for now.'),
  infra(
    'registry-throttled',
    2,
    /429 Too Many Requests|HTTP Error 429|status code 429/,
    'A server refuses more requests for now.',
  ),
  infra(
    'registry-unavailable',
    2,
    /received unexpected HTTP status: 50[0234]|\/v2\/\S*: (net\/http: request canceled|dial tcp .*(i\/o timeout|connection refused)|unexpected EOF)/,
    'The container registry did not answer.',
  ),
  infra(
    'registry-pull-cut',
    2,
    /(Error|error) (copying|writing|reading) (blob|layer)\b.*(EOF|reset|timeout|timed out)/,
    'The download of a container layer was cut.',
  ),

  // Sources
  infra(
    'git-clone',
    3,
    /fatal: unable to access '[^']*': (Could not resolve|Failed to connect|The requested URL returned error: 5|Operation timed out|SSL|Empty reply)/,
    'A git repository could not be reached.',
  ),
  infra(
    'git-cut',
    2,
    /[Tt]he remote end hung up unexpectedly|error: RPC failed; |fatal: early EOF/,
    'A git server cut the connection.',
  ),

  // The node
  infra('disk-full', 3, /No space left on device|ENOSPC\b|Disk quota exceeded/, 'A disk is full.'),
  infra(
    'disk-read-only',
    3,
    /EXT4-fs error|XFS \(\w+\): Corruption|Remounting filesystem read-only/,
    'A file system failed and is read-only.',
  ),
  infra(
    'disk-errors',
    3,
    /blk_update_request: I\/O error|Buffer I\/O error on dev/,
    'A disk cannot be read or written.',
  ),
  infra(
    'soft-lockup',
    2,
    /BUG: soft lockup - CPU|rcu_sched (self-)?detected (stall|expedited)/,
    'A processor stood still: the machine below is overloaded.',
  ),
  infra('hung-task', 1, /task \S+ blocked for more than \d+ seconds/, 'A process waited for its disk for minutes.'),
  infra(
    'no-virtualisation',
    3,
    /Could not access KVM kernel module|KVM acceleration (can NOT be used|not available)/,
    'The node cannot run virtual machines.',
  ),
  infra(
    'ntp',
    2,
    /no server suitable for synchronization found|(?:NTP|ntpdate|chronyc).{0,80}(cannot|Can't|could not) (reach|sync|contact)/,
    'The clock could not be set.',
  ),
  infra('clock-skew', 1, /[Cc]lock skew (detected|too great)/, 'The clocks of the nodes differ.'),

  // Reaching the nodes
  infra(
    'ssh-unreachable',
    2,
    /Failed to connect to the host via ssh|ssh: connect to host \S+ port \d+:/,
    'A node could not be reached by SSH.',
  ),
  infra(
    'ssh-closed',
    2,
    /(ssh|kex)_exchange_identification: .*(closed|reset)/,
    'The SSH server of a node turned connections away.',
  ),
  infra(
    'ssh-wait',
    2,
    /Timeout when waiting for search string OpenSSH in/,
    'A node did not start its SSH server in time.',
  ),
  infra(
    'ssh-host-key',
    2,
    /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/,
    'A node has another SSH key than expected: its address may be in use twice.',
  ),
  infra('ansible-unreachable', 1, /UNREACHABLE! =>|unreachable=[1-9]/, 'Ansible lost a node.'),

  // Node providers and CI systems
  infra(
    'node-broker',
    3,
    /Insufficient Nodes in READY State|NODE_FAILURE|(?:[Uu]nable|[Ff]ailed) to (?:allocate|obtain|get) (?:a )?nodes?\b/,
    'The job got no nodes.',
    consoles,
  ),
  infra(
    'node-quota',
    3,
    /Quota exceeded for (instances|cores|ram|resources)|OverQuota|Maximum number of ports exceeded/,
    'The quota of the cloud that gives the nodes is used up.',
    consoles,
  ),
  infra(
    'ovb-stack',
    3,
    /(baremetal[-_]env|ovb[-_]\w+|openstackbmc|te-broker)\S*.*(CREATE_FAILED|CREATE_IN_PROGRESS.*timed out)/,
    'The stack with the virtual bare metal nodes could not be created.',
  ),
  infra(
    'ipmi',
    2,
    /Unable to establish IPMI v2 \/ RMCP\+ session|Error setting Chassis Power Control/,
    'The power control of a node does not answer.',
  ),
  infra('zuul-unreachable', 3, /RUN END RESULT_UNREACHABLE/, 'Zuul lost its node.'),
  infra(
    'zuul-disk',
    3,
    /RUN END RESULT_DISK_FULL|DISK_FULL: .*executor|exceeds disk usage limit/,
    "The job's folder at the Zuul executor is full.",
  ),
  infra(
    'zuul-executor',
    3,
    /RUN END RESULT_ABORTED|Executor (was|is) (stopped|shut|lost)|RETRY_LIMIT/,
    'The Zuul executor gave the job up.',
  ),
  infra(
    'jenkins-agent',
    3,
    /ChannelClosedException|(?:[Ss]lave|[Aa]gent) went offline during the build|FATAL: Unable to produce a script file/,
    'Jenkins lost its agent.',
  ),

  // This project's own checks
  infra(
    'verify-unreachable',
    3,
    /\bFAIL {2}(repository|packages|set|containers?|images?|deployment)\b.*(ECONN\w+|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|socket hang up|no answer within|answered (429|50\d))/,
    'What had to be checked could not be reached.',
  ),
];
