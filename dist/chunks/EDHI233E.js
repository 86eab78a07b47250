import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a}from"./E74CSXE6.js";import"./3QEHSUHA.js";import"./LYBHMKMW.js";import"./XFUV5R2E.js";import"./AMHGNWPP.js";import"./MVROADKZ.js";import"./OLM5COR4.js";import"./KT3J7JOM.js";export{a as createRunAction};
