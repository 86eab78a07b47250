// Loaded when the first request is sent: it costs more to start than most actions need for all their work.
export { default as axios, AxiosError, AxiosHeaders } from 'axios';
