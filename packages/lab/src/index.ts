export { buildInterval, createLabBuilder, type LabBuilder, type LabBuilderOptions } from './builder.ts';
export { type LabCi, type LabCiOptions, startLabCi } from './ci.ts';
export { createVirtualClock, type VirtualClock } from './clock.ts';
export { promoteComponents } from './dlrn/component-line.ts';
export { type AggregateFile, type DlrnDefects, type DlrnFault, dlrnFaults, type DlrnFaults } from './dlrn/faults.ts';
export { defaultProjects } from './dlrn/projects.ts';
export { promoteBatch, promoteOne, type PromoteWish } from './dlrn/promote.ts';
export { type NewBuild, recordBuild, recordRowOnly } from './dlrn/repository.ts';
export {
  type LabDlrn,
  type LabDlrnFault,
  type LabDlrnFaults,
  type LabDlrnOptions,
  type LabDlrnRequest,
  startLabDlrn,
} from './dlrn/server.ts';
export {
  type AggregateVoteRow,
  type CommitRow,
  directoryOf,
  type DlrnRelease,
  type DlrnState,
  findCommit,
  type LabMode,
  type LabProject,
  type PromotionRow,
  type VoteRow,
} from './dlrn/state.ts';
export { type LabImageServer, type LabImageServerOptions, startLabImageServer } from './image-server.ts';
export { buildContainers, type BuildContainersOptions } from './jobs/build-containers.ts';
export { buildImages, type BuildImagesOptions } from './jobs/build-images.ts';
export { containerNames } from './jobs/container-names.ts';
export { type LabJobOptions, runLabJob } from './jobs/lab-job.ts';
export { type LabCommandHost, labCommands, runLabCommand } from './lab-command.ts';
export { createRandom, fakeSha, type Random, randomBytes, randomStream } from './random.ts';
export {
  type LabFault,
  type LabFaults,
  type LabImage,
  type LabImmutableTags,
  type LabLimits,
  type LabRegistry,
  type LabRegistryAuth,
  type LabRegistryOptions,
  type LabRegistryRules,
  type LabRequest,
  type LabRequestKind,
  type LabRequests,
  startLabRegistry,
} from './registry.ts';
export { type LabSftpServer, type LabSftpServerOptions, startLabSftpServer } from './sftp-server.ts';
export { type LabVote, type LabVoteTarget, vote } from './vote.ts';
export type { LabCall, LabWatch } from './watch.ts';
export { startPhase1Jenkins } from './phase1-jenkins.ts';
export { type Lab, type LabOptions, startLab } from './world.ts';
export { type ServedFacts, worldConfig, type WorldFacts } from './world-config.ts';
export type { LabCiJob, LabCiRecord, LabCiRequest, LabCiRun, LabCiTroubles } from './ci-systems/job.ts';
export {
  type LabGithub,
  type LabGithubOptions,
  type LabGithubRecord,
  type LabGithubRun,
  startLabGithub,
} from './ci-systems/github.ts';
export {
  type LabJenkins,
  type LabJenkinsBuild,
  type LabJenkinsOptions,
  startLabJenkins,
} from './ci-systems/jenkins.ts';
export {
  type LabZuul,
  type LabZuulBuildset,
  type LabZuulOptions,
  type LabZuulRun,
  startLabZuul,
} from './ci-systems/zuul.ts';
export { zipOf } from './ci-systems/zip.ts';
export type { LabVerify, LabVerifyRequest } from './jobs/lab-job.ts';
export type { LabGithubBoard, LabGithubDeployment, LabGithubStatus } from './ci-systems/github-board.ts';
export type { LabGithubIssue } from './ci-systems/github-issues.ts';
