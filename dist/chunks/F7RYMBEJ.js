import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a}from"./OAI3FSAC.js";import"./GIIVFEF5.js";import"./HCAIQFZB.js";import"./NT2RKNXG.js";import"./APUKNP5E.js";import"./HXZRZB5Z.js";import"./GTDS5VFS.js";import"./ZUBMYJ6N.js";import"./SSJQ3Z54.js";import"./KT3J7JOM.js";export{a as createRunAction};
