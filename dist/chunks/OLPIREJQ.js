import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a}from"./3A3EKYPI.js";import"./7F67CQ6D.js";import"./CXYADYIM.js";import"./OFQRCF2B.js";import"./777SMANH.js";import"./43ZDXBSU.js";import"./LYBHMKMW.js";import"./XFUV5R2E.js";import"./AMHGNWPP.js";import"./MVROADKZ.js";import"./OLM5COR4.js";import"./KT3J7JOM.js";export{a as action};
