
import{a}from"./RYYCT6HH.js";import"./WZS2JRPK.js";export{a as action};
