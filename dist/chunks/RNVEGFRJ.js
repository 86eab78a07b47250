import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a,b,c,d}from"./7VSNS2IE.js";import"./NJRNPNPS.js";import"./R6VLFYRM.js";import"./B6UVJBIZ.js";import"./LOP4XTBE.js";import"./CSKSOQJM.js";import"./RSJP5RW2.js";import"./KT3J7JOM.js";export{a as labHelp,c as labUp,b as refuseLabCommand,d as writeLabConfig};
