import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a,b,c,d}from"./FQ3SOSLH.js";import"./EF6QCR4I.js";import"./R6VLFYRM.js";import"./B6UVJBIZ.js";import"./LOP4XTBE.js";import"./GFHQZGPY.js";import"./BYPBO5JU.js";import"./KT3J7JOM.js";export{a as labHelp,c as labUp,b as refuseLabCommand,d as writeLabConfig};
