import type { ReasonPattern } from './pattern.ts';
import { product } from './pattern-row.ts';

/** What fails in the packages, containers and the deployment that a job of TripleO or RDO tests. */
export const productPatterns: readonly ReasonPattern[] = [
  // This project's own checks
  product(
    'verify-mismatch',
    3,
    /\bFAIL {2}(repository|packages|set|containers?|images?)\b.*(has the (digest|md5|sha\d+) |has \d+ bytes, |is not what|the set (says|is of)|and the hash is)/,
    'What is served is not what belongs to the hash.',
  ),
  product(
    'verify-missing',
    3,
    /\bFAIL {2}(repository|packages|set|containers?|images?)\b.*(answered 40\d|is not there|is empty|has no|names no|lists no)/,
    'Something that belongs to the hash is not there.',
  ),
  product('verify-deployment', 3, /\bFAIL {2}deployment\b.*the CI says/, 'The deployment failed.'),
  product(
    'verify-failed',
    1,
    /\bFAIL {2}(repository|packages|set|containers?|images?|deployment)\b/,
    'A check of the set failed.',
  ),

  // Packages
  product(
    'package-conflict',
    3,
    /nothing provides \S+.* needed by|but none of the providers can be installed|package \S+ (conflicts with|obsoletes) \S+.* provided by/,
    'Packages cannot be installed together, or need one that is not there.',
  ),
  product('package-requires', 3, /Error: Package: \S+ \(\S+\)/, 'A package requires what no repository has.'),
  product(
    'package-file-conflict',
    3,
    /file \/\S+ from install of \S+ conflicts with file from package/,
    'Two packages own one file.',
  ),
  product(
    'package-missing',
    2,
    /No package \S+ available|Unable to find a match: |No match for argument: /,
    'A package that is asked for is in no repository.',
  ),
  product(
    'package-scriptlet',
    2,
    /scriptlet failed, exit status|Error in (PRE|POST)(IN|UN|TRANS) scriptlet/,
    "A package's script failed.",
  ),
  product(
    'package-signature',
    3,
    /GPG check FAILED|Public key for \S+ is not installed/,
    'A package is not signed as it should be.',
  ),
  product(
    'package-not-found',
    2,
    /HTTP Error 404 - Not Found|Status code: 404 for/,
    'A repository does not have what its metadata or its address promise.',
  ),
  product(
    'pip-requirement',
    2,
    /No matching distribution found for|Could not find a version that satisfies the requirement|ResolutionImpossible/,
    'A Python requirement cannot be fulfilled.',
  ),
  product(
    'checksum',
    2,
    /computed checksums? did NOT match|THESE PACKAGES DO NOT MATCH THE HASHES|[Cc]hecksum mismatch/,
    'A file has another checksum than it should have.',
  ),

  // Containers
  product(
    'image-missing',
    3,
    /manifest unknown|manifest for \S+ not found|MANIFEST_UNKNOWN|name unknown: /,
    'A container image or its tag is not in the registry.',
  ),
  product(
    'registry-denied',
    2,
    /unauthorized: (authentication required|access to the requested resource)|pull access denied for/,
    'The registry does not give a container image to the job.',
  ),
  product(
    'image-damaged',
    3,
    /layers from manifest don't match image configuration|filesystem layer verification failed/,
    'A container image is damaged.',
  ),
  product(
    'container-start',
    2,
    /OCI runtime (create failed|error)|Error response from daemon: .*(starting|start) container/,
    'A container could not be started.',
  ),
  product('container-run', 2, /Error running \['(docker|podman)'/, 'A step of the deployment failed in its container.'),
  product(
    'container-unhealthy',
    1,
    /\(unhealthy\)|health_status: unhealthy|healthcheck_\S+.*exited with/,
    'A container fails its health check.',
  ),

  // Deployment
  product(
    'ansible-syntax',
    3,
    /ERROR! (couldn't resolve module\/action|the role '[^']*' was not found|Syntax Error while loading YAML|no action detected in task)/,
    'A playbook is broken.',
  ),
  product(
    'ansible-undefined',
    2,
    /The error was: .*(is undefined|has no attribute)|template error while templating string/,
    'A variable of a playbook or template is not defined.',
  ),
  product(
    'ansible-module',
    2,
    /MODULE FAILURE|Failed to import the required Python library/,
    'An Ansible module crashed or lacks its library.',
  ),
  product(
    'ansible-failed',
    1,
    /fatal: \[[^\]]*\](: |.*)FAILED! =>|\bfailed=[1-9]|unreachable: \d+ failed: [1-9]/,
    'An Ansible task failed.',
  ),
  product(
    'puppet-evaluation',
    3,
    /Evaluation Error: /,
    "Puppet's manifests are broken, or a class or parameter is not there.",
  ),
  product('puppet-lookup', 3, /Function lookup\(\) did not find a value/, 'Puppet misses a value in hiera.'),
  product(
    'puppet-resource',
    2,
    /(Error|\(err\)): \/?(Stage\[main\]|Could not (evaluate|prefetch|start|find))/,
    'Puppet could not set something up.',
  ),
  product(
    'service-start',
    2,
    /Systemd start for \S+ failed|Failed to start (OpenStack |\S.*\.service)|Job for \S+\.service failed/,
    'A service did not start.',
  ),
  product(
    'heat-stack',
    2,
    /Heat Stack (create|update) failed|Stack \S+ (CREATE|UPDATE)_FAILED|\[overcloud\S*\]: (CREATE|UPDATE)_FAILED/,
    'The Heat stack of the overcloud failed.',
  ),
  product(
    'heat-validation',
    3,
    /StackValidationFailed|Property error: : resources|Error parsing template/,
    'The Heat templates are broken.',
  ),
  product(
    'deploy-failed',
    1,
    /(?i:overcloud|undercloud|standalone) (?i:deploy\w*|install\w*|upgrade|update) (?:has )?(?i:failed|error)|Ansible execution failed\. playbook|Overcloud configuration failed/,
    'The deployment failed.',
  ),
  product(
    'mistral',
    2,
    /Workflow (execution )?\S* ?(failed|finished with ERROR)|Failure caused by error in tasks:/,
    'A workflow of Mistral failed.',
  ),
  product(
    'introspection',
    2,
    /[Ii]ntrospection (of node \S+ )?(timed out|failed|timeout|completed with errors)|Timeout waiting for introspection/,
    'The introspection of a node failed.',
  ),
  product(
    'ironic-deploy',
    2,
    /Timeout reached while waiting for callback for node|Failed to (deploy|prepare to deploy)\. Error/,
    'Ironic could not deploy a node.',
  ),
];
