import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a,b,c,d}from"./776GIW2C.js";import"./J57IBEVG.js";import"./R6VLFYRM.js";import"./B6UVJBIZ.js";import"./KLKCEEAA.js";import"./LOP4XTBE.js";import"./75MMF3VN.js";import"./KT3J7JOM.js";export{a as labHelp,c as labUp,b as refuseLabCommand,d as writeLabConfig};
