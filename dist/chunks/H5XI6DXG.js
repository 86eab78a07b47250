import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a,b,c,d}from"./XCLEK2IB.js";import"./K7U4B34Y.js";import"./JGPI3GQE.js";import"./B6UVJBIZ.js";import"./WAT6KQFO.js";import"./LOP4XTBE.js";import"./GGDYYLKQ.js";import"./KT3J7JOM.js";export{a as labHelp,c as labUp,b as refuseLabCommand,d as writeLabConfig};
