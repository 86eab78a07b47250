/** A job of a phase, as tagflow.yaml lists it; its featureset and nodes are in its name. */
export interface WorldJob {
  readonly job: string;
  readonly voting: boolean;
}

/** The jobs that test one phase. */
export interface WorldJobs {
  readonly upstream: readonly WorldJob[];
  readonly phase1: readonly WorldJob[];
  readonly phase2: readonly WorldJob[];
  /** Downstream jobs after phase 2 that decide nothing. */
  readonly after: readonly Pick<WorldJob, 'job'>[];
}

/** Returns the jobs of a release on a version of CentOS, named as RDO names them. */
export function worldJobs(release: string, version: string): WorldJobs {
  const periodic = (environment: string, featureset: string, voting = true): WorldJob => ({
    job: `periodic-tripleo-ci-centos-${version}-${environment}-featureset${featureset}-${release}`,
    voting,
  });
  const internal = (environment: string, featureset: string): WorldJob => ({
    job: `periodic-tripleo-ci-${environment}-featureset${featureset}-${release}-internal`,
    voting: true,
  });
  const weirdo = (scenario: string): WorldJob => ({ job: `weirdo-${release}-promote-${scenario}`, voting: true });
  return {
    upstream: [
      periodic('ovb-3ctlr_1comp', '001'),
      periodic('ovb-3ctlr_1comp', '035'),
      periodic('multinode-1ctlr', '010'),
      periodic('multinode-1ctlr', '016'),
      periodic('singlenode-1ctlr', '027'),
      periodic('ovb-1ctlr_1comp', '020', false),
    ],
    phase1: [
      weirdo('packstack-scenario001'),
      weirdo('packstack-scenario002'),
      weirdo('packstack-scenario003'),
      weirdo('puppet-openstack-scenario001'),
      weirdo('puppet-openstack-scenario004'),
      { job: `tripleo-quickstart-promote-${release}-rdo_trunk-minimal`, voting: true },
    ],
    phase2: [
      internal(`centos-${version}-baremetal-3ctlr_1comp`, '001'),
      internal(`rhel-${version}-ovb-3ctlr_1comp`, '001'),
    ],
    after: [{ job: `rdo-promote-${release}-rdo_trunk-nonvoting` }],
  };
}
