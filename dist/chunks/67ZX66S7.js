
import{a,b,c,d}from"./IDJ3VK3B.js";import"./CUBXNDAZ.js";import"./RJFRRZ6N.js";import"./GXBGZ65Y.js";import"./JQQNEF3D.js";import"./WZS2JRPK.js";export{a as labHelp,c as labUp,b as refuseLabCommand,d as writeZoneConfigs};
