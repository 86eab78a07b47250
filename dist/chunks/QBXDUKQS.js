
import{a}from"./S3DRUJAO.js";import"./WZS2JRPK.js";export{a as action};
