import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a,b,c,d}from"./HMBNIYB7.js";import"./6IZOJZTA.js";import"./R6VLFYRM.js";import"./B6UVJBIZ.js";import"./LOP4XTBE.js";import"./TWDYB4JE.js";import"./OE2AORDU.js";import"./KT3J7JOM.js";export{a as labHelp,c as labUp,b as refuseLabCommand,d as writeLabConfig};
