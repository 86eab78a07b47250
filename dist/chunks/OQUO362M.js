import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a,b,c,d}from"./KBBTZP5M.js";import"./3Q2UMOJI.js";import"./R6VLFYRM.js";import"./B6UVJBIZ.js";import"./LOP4XTBE.js";import"./XFUV5R2E.js";import"./OLM5COR4.js";import"./KT3J7JOM.js";export{a as labHelp,c as labUp,b as refuseLabCommand,d as writeLabConfig};
