import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a,b,c,d}from"./BAEVAKN7.js";import"./D5JHVOSK.js";import"./B6UVJBIZ.js";import"./ON5NSZUK.js";import"./LOP4XTBE.js";import"./BZF6CUDW.js";import"./KT3J7JOM.js";export{a as labHelp,c as labUp,b as refuseLabCommand,d as writeLabConfig};
