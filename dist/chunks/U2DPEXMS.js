import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a,b,c,d}from"./3UCIY2ZB.js";import"./GIBE4UTU.js";import"./5SSOEVKS.js";import"./B6UVJBIZ.js";import"./LOP4XTBE.js";import"./7SP7NXEK.js";import"./K36YKORO.js";import"./KT3J7JOM.js";export{a as labHelp,c as labUp,b as refuseLabCommand,d as writeZoneConfigs};
