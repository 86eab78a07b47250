import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a,b,c,d}from"./LXBZWIR5.js";import"./UYORLBNI.js";import"./5SSOEVKS.js";import"./B6UVJBIZ.js";import"./LOP4XTBE.js";import"./NT2RKNXG.js";import"./SSJQ3Z54.js";import"./KT3J7JOM.js";export{a as labHelp,c as labUp,b as refuseLabCommand,d as writeLabConfig};
