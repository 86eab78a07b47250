export type { ProxyEnv } from './agents.ts';
export { type Api, type ApiOptions, type ApiRequest, type ApiResponse, createApi, type HttpEffects } from './api.ts';
export { HttpError, type HttpErrorCode } from './error.ts';
export type { Credentials, Method } from './hop.ts';
export { kerberosLogin, type KerberosOptions } from './kerberos.ts';
export { withoutEndSlash } from './end-slash.ts';
export { basicHeader, basicLogin, type Login } from './login.ts';
export { LoginError, type LoginErrorCode } from './login-error.ts';
export { createPacer, type Pacer } from './pacer.ts';
export type { Sink } from './pouring.ts';
export type { ReceivedHead, ReceiveRequest, ReceiveResponse } from './receive.ts';
export { redactUrl } from './redact.ts';
export { parseRetryAfter } from './retry.ts';
export { parseServerPrincipal } from './server-principal.ts';
export { requestTimeoutMs, silenceTimeoutMs } from './time-outs.ts';
export {
  createTransfer,
  type OpenRequest,
  type OpenResponse,
  type Requester,
  type Transfer,
  type TransferOptions,
} from './transfer.ts';
export { assertWebHookUrl, callWebHook, signWebHook, type WebHookCall, webHookHeaders } from './web-hook.ts';
export { httpErrorWords } from './error-words.ts';
export { loginErrorWords } from './login-error-words.ts';
