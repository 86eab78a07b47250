import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a}from"./CGBG2MQE.js";import"./GW7XNTPA.js";import"./ANO3QBUR.js";import"./2Q3OXD5J.js";import"./3C54WELB.js";import"./2WYN56UH.js";import"./7TFMNYPP.js";import"./Q6SC3BZ6.js";import"./7SP7NXEK.js";import"./K36YKORO.js";import"./KT3J7JOM.js";export{a as createRunAction};
